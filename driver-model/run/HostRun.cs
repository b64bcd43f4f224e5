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
        if (scenario.Run.Pacing == Pacing.WallClock) Drain(cancellation);
        // The card may have run up to a latency past the bug check.
        if (kernel.BugCheck is { } bugCheck) end = bugCheck.At + scenario.Run.LinkLatency;
        if (!cancellation.IsCancellationRequested) session.End(end);
        var simulated = SimTime.Max(timeline.Now, session.Down is null && device.HasStarted ? end : SimTime.Zero);
        var card = session.Down is null ? askCard() : null;
        transport.Close(new LinkDown(LinkDownReason.Detached, "The run is over."));
        return Report(link, simulated, wall.Elapsed, card, cancellation.IsCancellationRequested);
    }

    // What the source has produced must come through before the two ends can be compared.
    private void Drain(CancellationToken cancellation)
    {
        if (!device.IsStarted || device.IsRemoved || kernel.BugCheck is not null) return;
        driver.StopSource();
        var (lastProgress, progress) = (timeline.Now, 0L);
        session.Run(timeline.Now + DrainLimit, Settled, cancellation);

        // A driver that waits for the device is not done, however long nothing has come: under load an answer may be long on its way.
        bool Settled()
        {
            if (driver.Progress != progress) (lastProgress, progress) = (timeline.Now, driver.Progress);
            return timeline.Now - lastProgress > DrainQuiet && driver.IsDrained && root.Requester.InFlight == 0;
        }
    }

    private RunReport Report(string link, SimTime simulated, TimeSpan wall, CardStatistics? card, bool cancelled)
    {
        var missing = card is null ? "The card's counters could not be had" : driver.MissingFrom(card);
        var (outcome, failure) = cancelled ? (RunOutcome.Cancelled, "The run was interrupted.")
            : session.Down is { } down ? (RunOutcome.DeviceRemoved, down.Message)
            : kernel.BugCheck is { } bugCheck ? (RunOutcome.DpcWatchdogViolation, bugCheck.ToString())
            : !device.HasStarted ? (RunOutcome.NotStarted, device.StartFailure ?? "The device did not start before the run's end.")
            : missing is not null ? (RunOutcome.Unaccounted, device.StartFailure ?? $"{missing}, so that nothing can be accounted for.")
            : (RunOutcome.Completed, device.StartFailure);
        var report = driver.Report(device, card);
        report = report with
        {
            Scenario = scenario.Run.Name,
            Title = scenario.Run.Title,
            Seed = scenario.Run.Seed,
            Link = link,
            Pacing = scenario.Run.Pacing == Pacing.WallClock ? "wall-clock" : "free-running",
            Outcome = outcome,
            Failure = failure,
            SimulatedNs = simulated.Nanoseconds,
            WallNs = (long)wall.TotalNanoseconds,
            Events = kernel.EventCount + report.Events,
            RoundTrips = session.RoundTrips,
            Digest = TraceDigest.Combine(Tracer.Digest, card?.TraceDigest ?? 0).ToString("x16"),
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
        return report with { Expect = Judge.Of(report, scenario.Expectations, scenario.IsOwnDuration) };
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
