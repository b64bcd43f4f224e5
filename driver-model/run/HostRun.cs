using System.Diagnostics;
using Pcie.Control;
using Pcie.Control.Wire;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Expectations;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.DriverModel.Study;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Run;

/// <summary>
/// A run of the host over a link that is up: machine and driver under study built from the scenario, started, run for the scenario's time, and
/// accounted for.
/// </summary>
public sealed class HostRun
{
    // A device that has not started in this much simulated time never will: its reads time out before.
    private static readonly Duration StartLimit = Duration.FromSeconds(60);

    // Wall-clock: how long the pipeline may take to empty after the source has stopped, and how long nothing may come before it is empty.
    // Both count only while the device answers.
    private static readonly Duration DrainLimit = Duration.FromSeconds(10);
    private static readonly Duration DrainQuiet = Duration.FromMilliseconds(250);

    private readonly HostScenario scenario;
    private readonly ILinkTransport transport;
    private readonly HostSession session;
    private readonly Timeline timeline = new();
    private readonly ModelledKernel kernel;
    private readonly RootComplex root;
    private readonly IDriverUnderStudy driver;
    private readonly WdfDevice device;

    /// <param name="output">Where the data that arrives goes; null for nowhere.</param>
    public HostRun(HostScenario scenario, ILinkTransport transport, Stream? output)
    {
        this.scenario = scenario;
        this.transport = transport;
        var run = scenario.Run;
        Tracer = new Tracer(timeline, TraceSide.Host);
        session = new HostSession(timeline, transport, new LinkSessionOptions(run.Pacing, run.LinkLatency, run.TimeScale));
        kernel = new ModelledKernel(timeline, Tracer, scenario.Machine.Kernel, run.Seed);
        kernel.Halted += session.Stop;
        root = new RootComplex(kernel, session, run.CompletionTimeout);
        session.Receiver = root;
        InterferenceOptions.StartAll(scenario.Machine.Interference, kernel, run.Seed);
        driver = scenario.Driver.Build(output);
        device = new WdfDevice(driver.Driver, kernel, root, scenario.Driver.Device, scenario.Machine.Bus);
    }

    public Tracer Tracer { get; }

    /// <summary>How far the run has come; may be read from any thread, for progress.</summary>
    public SimTime Now => timeline.Now;

    /// <summary>Runs to the end, whichever it is; the link is closed afterwards.</summary>
    /// <param name="link">What the report says the link was.</param>
    /// <param name="askCard">
    /// Asked once when the run has ended and the card still is attached; null if it does not answer.
    /// </param>
    public RunReport Execute(string link, Func<CardStatistics?> askCard, CancellationToken cancellation)
    {
        var wall = Stopwatch.StartNew();
        var end = SimTime.Zero + scenario.Run.Duration;
        device.Start();
        session.Run(SimTime.Min(end, SimTime.Zero + StartLimit), () => device.IsStarted || device.StartFailure is not null,
            cancellation);
        if (device.IsStarted) session.Run(end, cancellation);
        var isToItsEnd = scenario.Run.Pacing != Pacing.WallClock || Drain(cancellation);
        // The card may have run up to a latency past the bug check.
        if (kernel.BugCheck is { } bugCheck) end = bugCheck.At + scenario.Run.LinkLatency;
        if (!cancellation.IsCancellationRequested) session.End(end);
        var isWhole = session.Down is null && device.HasStarted && !cancellation.IsCancellationRequested;
        var simulated = SimTime.Max(timeline.Now, isWhole ? end : SimTime.Zero);
        var card = session.Down is null ? askCard() : null;
        transport.Close(new LinkDown(LinkDownReason.Detached, "The run is over."));
        return Report(link, simulated, wall.Elapsed, card, isToItsEnd, cancellation.IsCancellationRequested);
    }

    // What the source has produced must come through before the two ends can be compared. Returns whether a source that has an end came to it, if it
    // was to.
    private bool Drain(CancellationToken cancellation)
    {
        if (!device.IsStarted || IsOver() || driver.ActivityRegister is not { } register) return true;
        var watch = new DeviceWatch(root, timeline, device.Resources.Bars[0].Address + register, driver.ActivityOf);
        var (lastProgress, progress, stoppedAt) = (timeline.Now, driver.Progress, timeline.Now);
        // A file is streamed to its end, unless a duration was asked for.
        var isToItsEnd = !scenario.IsOwnDuration || RunUntil(() => watch.Seen is { WillEnd: false });
        driver.StopSource();
        stoppedAt = timeline.Now;
        RunUntil(IsSettled);
        watch.Stop();
        return isToItsEnd;

        bool IsOver() => session.Down is not null || device.IsRemoved || kernel.BugCheck is not null || cancellation.IsCancellationRequested;

        // By sequence, not by silence: the device has said since that it sends no more, and what it had sent was ahead of that. If something is left
        // that nobody comes for, as a chunk whose message was lost, it stays: a while after the last progress the device answered, and nothing came.
        bool IsSettled()
        {
            if (watch.Seen is not { } seen || watch.SeenAsOf < stoppedAt || root.Requester.InFlight > 0 || !driver.IsDrained) return false;
            return seen is { HasMore: false } && driver.Untaken == 0 || watch.SeenAsOf - lastProgress > DrainQuiet;
        }

        bool RunUntil(Func<bool> isDone)
        {
            while (!IsOver())
            {
                var before = lastProgress;
                session.Run(timeline.Now + DrainLimit, IsDoneOrOver, cancellation);
                if (isDone()) return true;
                // Not while the connection is lost: what is overdue then comes when the session has come back.
                if (transport.IsConnected && lastProgress == before) return false;
            }
            return false;

            bool IsDoneOrOver()
            {
                if (driver.Progress != progress) (lastProgress, progress) = (timeline.Now, driver.Progress);
                return isDone() || IsOver();
            }
        }
    }

    private RunReport Report(string link, SimTime simulated, TimeSpan wall, CardStatistics? card, bool isToItsEnd, bool cancelled)
    {
        var missing = card is null ? "The card's counters could not be had" : driver.MissingFrom(card);
        var interrupted = $"The run was interrupted after {simulated - SimTime.Zero} of {scenario.Run.Duration}.";
        var ended = device.StartFailure ?? (isToItsEnd ? null : "The source did not come to its end: nothing came from it any more.");
        var (outcome, failure) = cancelled ? (RunOutcome.Cancelled, interrupted)
            : session.Down is { } down ? (RunOutcome.DeviceRemoved, down.Message)
            : kernel.BugCheck is { } bugCheck ? (RunOutcome.DpcWatchdogViolation, bugCheck.ToString())
            : !device.HasStarted ? (RunOutcome.NotStarted, device.StartFailure ?? "The device did not start before the run's end.")
            : missing is not null ? (RunOutcome.Unaccounted, device.StartFailure ?? $"{missing}, so that nothing can be accounted for.")
            : (RunOutcome.Completed, ended);
        var report = driver.Report(device, card);
        report = report with
        {
            Scenario = scenario.Run.Name,
            Title = scenario.Run.Title,
            Seed = scenario.Run.Seed,
            Link = link,
            Pacing = scenario.Run.Pacing == Pacing.WallClock ? RunReport.WallClock : "free-running",
            Outcome = outcome,
            Failure = failure,
            SimulatedNs = simulated.Nanoseconds,
            WallNs = (long)wall.TotalNanoseconds,
            Events = kernel.EventCount + report.Events,
            RoundTrips = session.RoundTrips,
            Digest = card is null ? "" : TraceDigest.Combine(Tracer.Digest, card.TraceDigest).ToString("x16"),
            Missing = card is null ? [RunReport.CardCounters] : [],
            Lag = new LagFigures
            {
                HostNs = session.GreatestLag.Nanoseconds,
                CardNs = card?.Lateness?.GreatestLagNs ?? 0,
                CardWaitedForLinkNs = card?.Lateness?.WaitedForLinkNs ?? 0,
            },
            Interrupts = InterruptsOf(card?.Account?.Interrupts),
            Dpc = new DpcFigures
            {
                Queued = device.AllInterrupts.Sum(i => i.Dpc.Queued),
                Coalesced = device.AllInterrupts.Sum(i => i.Dpc.Coalesced),
                Runs = device.AllInterrupts.Sum(i => i.Dpc.Runs),
            },
            Collapse = CollapseCounts.Of(card, device.AllInterrupts),
            IsrToDpcNs = LatencyFigures.Of(device.IsrToDpc),
            IsrToDpcHistogram = [.. device.IsrToDpc.Buckets()
                .Select(bucket => new HistogramFigures { UpToNs = bucket.UpTo.Nanoseconds, Count = bucket.Count })],
            Host = HostFiguresOf(),
            Card = card is null ? report.Card : new SortedDictionary<string, ulong>(card.Counters.ToDictionary(), StringComparer.Ordinal),
        };
        return report with { Expect = Judge.Of(report, scenario.Expectations, scenario.IsOwnDuration && !cancelled) };
    }

    private InterruptFigures InterruptsOf(InterruptAccount? card)
    {
        var inApic = device.AllInterrupts.Sum(i => i.Interrupt.Collapsed);
        return new InterruptFigures
        {
            Raised = (long)(card?.Raised ?? 0),
            Sent = (long)(card?.Sent ?? 0),
            Masked = (long)(card?.Masked ?? 0),
            Collapsed = (long)(card?.Collapsed ?? 0) + inApic,
            CollapsedInApic = inApic,
            Isr = device.AllInterrupts.Sum(i => i.Interrupt.Runs),
        };
    }

    private HostFigures HostFiguresOf() => new()
    {
        Interrupts = kernel.Processors.Sum(p => p.InterruptsTaken),
        Dpcs = kernel.Processors.Sum(p => p.DpcsRun),
        Ticks = kernel.Processors.Sum(p => p.Ticks),
        MessagesGranted = device.Resources.MessagesGranted,
        MaxPayloadSize = device.Resources.MaxPayloadSize,
        MaxReadRequestSize = device.Resources.MaxReadRequestSize,
        Messages = root.Counters.Messages,
        FailedReads = root.Counters.FailedReads,
        TimedOutReads = root.Requester.TimedOut,
        UnexpectedCompletions = root.Requester.UnexpectedCompletions,
        UndecodedRequests = root.Memory.Undecoded,
        BadMessages = root.Counters.BadMessages,
        RefusedRequests = root.Counters.Refused,
        SpuriousInterrupts = kernel.Interrupts.Spurious,
        DpcWatchdogViolations = kernel.DpcWatchdogViolations,
        TlpsDiscarded = session.TlpsDiscarded,
    };
}
