using System.Diagnostics;
using Pcie.Control;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Scenario;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Run;

/// <summary>
/// A run of the host over a link that is up: machine, driver and application built from the scenario, started, run for the
/// scenario's time, and accounted for.
/// </summary>
public sealed class HostRun
{
    // A device that has not started in this much simulated time never will: its reads time out before.
    private static readonly Duration StartLimit = Duration.FromSeconds(60);

    // Wall-clock: how long the pipeline may take to empty after the source has stopped, and how long nothing may come before it is empty.
    private static readonly Duration DrainLimit = Duration.FromSeconds(10);
    private static readonly Duration DrainQuiet = Duration.FromMilliseconds(250);

    private const string BugChecked = "dpc-watchdog-violation";
    private const string Violations = "host.dpc_watchdog_violations";

    private readonly HostScenario scenario;
    private readonly ILinkTransport transport;
    private readonly HostSession session;
    private readonly Timeline timeline = new();
    private readonly ModelledKernel kernel;
    private readonly RootComplex root;
    private readonly DaqDriver driver;
    private readonly WdfDevice device;

    /// <param name="output">Where the reader's payload goes; null for nowhere.</param>
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
        driver = new DaqDriver(scenario.Driver, scenario.Reader, output);
        device = new WdfDevice(driver, kernel, root, scenario.Driver.Device, scenario.Machine.Bus);
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
        var simulated = SimTime.Min(SimTime.Max(timeline.Now, session.Down is null && device.HasStarted ? end : SimTime.Zero),
            SimTime.Never);
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
            var now = driver.Ledger.Arrived + driver.Reader.Delivered;
            if (now != progress) (lastProgress, progress) = (timeline.Now, now);
            return timeline.Now - lastProgress > DrainQuiet && driver.CyclicBuffer.Count == 0 && root.Requester.InFlight == 0;
        }
    }

    private RunReport Report(string link, SimTime simulated, TimeSpan wall, CardStatistics? card, bool cancelled)
    {
        var report = new RunReport
        {
            Scenario = scenario.Run.Name,
            Title = scenario.Run.Title,
            Seed = scenario.Run.Seed,
            Link = link,
            Pacing = scenario.Run.Pacing == Pacing.WallClock ? "wall-clock" : "free-running",
            Outcome = cancelled ? "cancelled"
                : session.Down is not null ? "device-removed"
                : kernel.BugCheck is not null ? BugChecked
                : !device.HasStarted ? "not-started"
                : card is null ? "unaccounted" : "completed",
            Failure = cancelled ? "The run was interrupted."
                : session.Down?.Message ?? kernel.BugCheck?.ToString() ?? device.StartFailure
                ?? (!device.HasStarted ? "The device did not start before the run's end."
                    : card is null ? "The card's counters could not be had, so that nothing can be accounted for." : null),
            SimulatedNs = simulated.Nanoseconds,
            WallNs = (long)wall.TotalNanoseconds,
            RoundTrips = session.RoundTrips,
            Digest = TraceDigest.Combine(Tracer.Digest, card?.TraceDigest ?? 0).ToString("x16"),
            Interrupts = InterruptsOf(card),
            Dpc = new DpcFigures
            {
                Queued = device.AllInterrupts.Sum(i => i.Dpc.Queued),
                Coalesced = device.AllInterrupts.Sum(i => i.Dpc.Coalesced),
                Runs = device.AllInterrupts.Sum(i => i.Dpc.Runs),
            },
            Collapse = CollapsePoints.Of(card, device.AllInterrupts),
            IsrRegisterReads = driver.Counters.IsrRegisterReads,
            IsrToDpcNs = FiguresOf(device.IsrToDpc),
            IsrToDpcHistogram = [.. device.IsrToDpc.Buckets().Select(bucket => new HistogramFigures { UpToNs = bucket.UpTo.Nanoseconds, Count = bucket.Count })],
            Host = HostFiguresOf(),
            Card = card is null ? RunReport.Empty.Card
                : new SortedDictionary<string, ulong>(card.Counters.ToDictionary(), StringComparer.Ordinal),
        };
        if (driver.Ledger is not null && driver.Reader is not null) report = WithData(report, card);
        report = report with { Events = kernel.EventCount + report.Chunks.Produced };
        return Judge(report);
    }

    private RunReport WithData(RunReport report, CardStatistics? card)
    {
        var (ledger, reader, buffer) = (driver.Ledger, driver.Reader, driver.CyclicBuffer);
        var onTheWire = card is null ? 0 : card["chunks.written"] - ledger.Arrived;
        var chunks = new ChunkFigures
        {
            Produced = card?["chunks.produced"] ?? 0,
            Delivered = reader.Delivered,
            Overwritten = ledger.Overwritten,
            Dropped = (card?["chunks.dropped"] ?? 0) + buffer.Refused,
            Abandoned = ledger.Abandoned,
            InFlight = (card?["chunks.in-card"] ?? 0) + onTheWire + ledger.Waiting + buffer.Count,
            Corrupt = reader.Corrupt,
            OutOfOrder = reader.OutOfOrder,
            Missing = reader.Missing,
        };
        var (sourceHash, deliveredHash) = (card?.SourceSha256, reader.Sha256());
        return report with
        {
            Chunks = chunks,
            Accounted = card is not null && onTheWire >= 0
                && chunks.Produced == chunks.Delivered + chunks.Overwritten + chunks.Dropped + chunks.Abandoned + chunks.InFlight,
            ArrivalToCopyNs = FiguresOf(ledger.ArrivalToCopy),
            Overruns = [.. ledger.Overruns.Select(o => new OverrunFigures
            {
                Sequence = o.Sequence,
                AtNs = o.At.Nanoseconds,
                IsrToDpcNs = o.IsrToDpc?.Nanoseconds,
            })],
            Data = new DataFigures
            {
                Bytes = reader.Bytes,
                SourceSha256 = sourceHash is { Length: > 0 } ? Convert.ToHexStringLower(sourceHash) : null,
                DeliveredSha256 = deliveredHash is null ? null : Convert.ToHexStringLower(deliveredHash),
                HashEqual = sourceHash is { Length: > 0 } && deliveredHash is not null
                    && sourceHash.AsSpan().SequenceEqual(deliveredHash),
            },
            Driver = new DriverFigures
            {
                EmptyDpcs = driver.Counters.EmptyDpcs,
                TornCopiesDiscarded = driver.Counters.TornCopiesDiscarded,
                FailedCauseReads = driver.Counters.FailedCauseReads,
                LostInterrupts = driver.Counters.LostInterrupts,
                DeviceFailed = device.IsFailed,
                DeviceRestarts = device.Restarts,
                Resynchronisations = driver.Counters.Resynchronisations,
                OverrunsReported = driver.Counters.OverrunsReported,
                ErrorsReported = driver.Counters.ErrorsReported,
                UnclaimedInterrupts = device.UnclaimedInterrupts,
                CyclicBufferHighWater = buffer.HighWater,
            },
        };
    }

    private RunReport Judge(RunReport report)
    {
        var json = report.ToJson();
        var skipped = scenario.IsOwnDuration ? 0 : scenario.Expectations.Count;
        var failures = scenario.Expectations.Skip(skipped).Select(e => e.FailureIn(json)).OfType<string>().ToList();
        // A scenario that says how many violations it expects has judged this one.
        var isExpected = report.Outcome == BugChecked && skipped == 0 && scenario.Expectations.Any(e => e.Path == Violations);
        if (report.Failure is { } failure && !isExpected) failures.Insert(0, failure);
        else if (!report.Accounted)
            failures.Insert(0, "accounted: produced is not delivered + overwritten + dropped + abandoned + in_flight; "
                + "this is a defect of the model, please report it");
        return report with { Expect = new ExpectFigures { Passed = failures.Count == 0, Failures = failures, Skipped = skipped } };
    }

    private InterruptFigures InterruptsOf(CardStatistics? card)
    {
        var inApic = device.AllInterrupts.Sum(i => i.Interrupt.Collapsed);
        return new InterruptFigures
        {
            Raised = card?["interrupts.raised"] ?? 0,
            Sent = card?["interrupts.sent"] ?? 0,
            Masked = card?["interrupts.masked"] ?? 0,
            Collapsed = (card?["interrupts.collapsed"] ?? 0) + inApic,
            CollapsedInApic = inApic,
            Isr = device.AllInterrupts.Sum(i => i.Interrupt.Runs),
        };
    }

    private HostFigures HostFiguresOf() => new()
    {
        Interrupts = kernel.Processors.Sum(p => p.InterruptsTaken),
        Dpcs = kernel.Processors.Sum(p => p.DpcsRun),
        Ticks = kernel.Processors.Sum(p => p.Ticks),
        MessagesGranted = device.Resources?.MessagesGranted ?? 0,
        MaxPayloadSize = device.Resources?.MaxPayloadSize ?? 0,
        MaxReadRequestSize = device.Resources?.MaxReadRequestSize ?? 0,
        FailedReads = root.Counters.FailedReads,
        TimedOutReads = root.Requester.TimedOut,
        UnexpectedCompletions = root.Requester.UnexpectedCompletions,
        UndecodedRequests = root.Memory.Undecoded,
        BadMessages = root.Counters.BadMessages,
        RefusedRequests = root.Counters.Refused,
        SpuriousInterrupts = kernel.SpuriousInterrupts,
        DpcWatchdogViolations = kernel.DpcWatchdogViolations,
        TlpsDiscarded = session.TlpsDiscarded,
    };

    private static LatencyFigures FiguresOf(LatencyHistogram histogram) => new()
    {
        P50 = histogram.Percentile(50).Nanoseconds,
        P99 = histogram.Percentile(99).Nanoseconds,
        P999 = histogram.Percentile(99.9).Nanoseconds,
        Max = histogram.Max.Nanoseconds,
    };
}
