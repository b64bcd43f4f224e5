using Pcie.Control;
using Pcie.Control.Wire;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Study;
using Pcie.Link.Sessions;
using Pcie.Time;

namespace Pcie.DriverModel.Run;

/// <summary>One card of a host in a run: the session with it, what of the machine is for it alone, its driver, and what the driver came to.</summary>
internal sealed class HostedDevice
{
    private readonly ModelledKernel kernel;
    private readonly bool isStoppedAtEnd;

    public HostedDevice(HostedCard card, BusOptions bus, ModelledKernel kernel, HostSession session, RootComplex root, Stream? output)
    {
        (Name, this.kernel, Session, Root) = (card.Name, kernel, session, root);
        Driver = card.Driver.Build(output);
        isStoppedAtEnd = card.Driver.IsStoppedAtEnd;
        // The first keeps its driver's name, as the only one has it.
        var options = root.Port.IsUnderStudy ? card.Driver.Device : card.Driver.Device with { Name = $"{card.Name} {card.Driver.Device.Name}" };
        Device = new WdfDevice(Driver.Driver, kernel, root, options, bus);
    }

    public string Name { get; }
    public HostSession Session { get; }
    public RootComplex Root { get; }
    public IDriverUnderStudy Driver { get; }
    public WdfDevice Device { get; }

    /// <summary>Whether it has been started, or never will be.</summary>
    public bool IsSettled => Device.IsStarted || Device.StartFailure is not null;

    /// <summary>Whether the framework stops it at the end of a run.</summary>
    public bool IsToBeStopped => isStoppedAtEnd && Device.IsStarted && Session.Down is null;

    /// <summary>Whether the session is up, and the device was started at some time.</summary>
    public bool IsWhole => Session.Down is null && Device.HasStarted;

    /// <summary>What there is to see of it: its interrupts, waits, ring and counters, and those of the machine.</summary>
    public DriverSnapshot TakeSnapshot(SimTime now)
    {
        var snapshot = new DriverSnapshot
        {
            SimulatedNs = now.Nanoseconds,
            IsrToDpc = RunFigures.Of(Device.IsrToDpc),
            Ring = Driver.Ring,
            ArrivalToCopy = Driver.ArrivalToCopy is { } copies ? RunFigures.Of(copies) : null,
            State = Device.HasStarted ? "running" : "starting",
        };
        snapshot.Interrupts.AddRange(Device.AllInterrupts.Select(RunFigures.Of));
        foreach (var (name, count) in Driver.Counters) snapshot.Counters[name] = count;
        var host = HostFigures();
        snapshot.Counters["host.interrupts"] = host.Interrupts;
        snapshot.Counters["host.dpcs"] = host.Dpcs;
        snapshot.Counters["host.messages"] = host.Messages;
        snapshot.Counters["host.failed-reads"] = host.FailedReads;
        snapshot.Counters["host.timed-out-reads"] = host.TimedOutReads;
        snapshot.Counters["host.bad-messages"] = host.BadMessages;
        snapshot.Counters["host.spurious-interrupts"] = host.SpuriousInterrupts;
        snapshot.Counters["isr-register-reads"] = Device.IsrRegisterReads;
        snapshot.Counters["device-restarts"] = Device.Restarts;
        return snapshot;
    }

    /// <summary>The driver's record of the run.</summary>
    /// <param name="end">What the run says of all its devices.</param>
    /// <param name="isToItsEnd">Whether its source came to its end, if it was to.</param>
    /// <param name="card">Null if the card could not be asked.</param>
    public RunReport Report(RunEnd end, bool isToItsEnd, string link, CardStatistics? card)
    {
        var (outcome, failure) = OutcomeOf(end, isToItsEnd, card);
        var interrupts = Device.AllInterrupts;
        var report = Driver.Report(Device, card);
        return report with
        {
            Scenario = end.Run.Name,
            Title = end.Run.Title,
            Seed = end.Run.Seed,
            Link = link,
            Pacing = end.Run.Pacing == Pacing.WallClock ? RunReport.WallClock : "free-running",
            Outcome = outcome,
            Failure = failure,
            SimulatedNs = end.Simulated.Nanoseconds,
            WallNs = (long)end.Wall.TotalNanoseconds,
            RoundTrips = Session.RoundTrips,
            Digest = end.Digest,
            Missing = card is null ? [RunReport.CardCounters] : [],
            Lag = new LagFigures
            {
                HostNs = Session.GreatestLag.Nanoseconds,
                CardNs = card?.Lateness?.GreatestLagNs ?? 0,
                CardWaitedForLinkNs = card?.Lateness?.WaitedForLinkNs ?? 0,
            },
            Interrupts = InterruptsOf(card?.Account?.Interrupts),
            Dpc = new DpcFigures
            {
                Queued = interrupts.Sum(i => i.Dpc.Queued),
                Coalesced = interrupts.Sum(i => i.Dpc.Coalesced),
                Runs = interrupts.Sum(i => i.Dpc.Runs),
            },
            Collapse = CollapseCounts.Of(card, interrupts),
            IsrToDpcNs = LatencyFigures.Of(Device.IsrToDpc),
            IsrToDpcHistogram = [.. Device.IsrToDpc.Buckets()
                .Select(bucket => new HistogramFigures { UpToNs = bucket.UpTo.Nanoseconds, Count = bucket.Count })],
            Host = HostFigures(),
            Card = card is null ? report.Card : new SortedDictionary<string, ulong>(card.Counters.ToDictionary(), StringComparer.Ordinal),
        };
    }

    /// <summary>What the host counted: of the machine, and of this device.</summary>
    public HostFigures HostFigures() => new()
    {
        Interrupts = kernel.Processors.Sum(p => p.InterruptsTaken),
        Dpcs = kernel.Processors.Sum(p => p.DpcsRun),
        Ticks = kernel.Processors.Sum(p => p.Ticks),
        MessagesGranted = Device.Resources.MessagesGranted,
        MaxPayloadBytes = Device.Resources.MaxPayloadSize,
        MaxReadRequestBytes = Device.Resources.MaxReadRequestSize,
        Messages = Root.Counters.Messages,
        FailedReads = Root.Counters.FailedReads,
        TimedOutReads = Root.Requester.TimedOut,
        UnexpectedCompletions = Root.Requester.UnexpectedCompletions,
        UndecodedRequests = Root.Memory.Undecoded,
        BadMessages = Root.Counters.BadMessages,
        RefusedRequests = Root.Counters.Refused,
        SpuriousInterrupts = kernel.Interrupts.Spurious,
        DpcWatchdogViolations = kernel.DpcWatchdogViolations,
        TlpsDiscarded = Session.TlpsDiscarded,
    };

    private (RunOutcome Outcome, string? Failure) OutcomeOf(RunEnd end, bool isToItsEnd, CardStatistics? card)
    {
        var missing = Driver.MissingFrom(card);
        var ended = Device.StartFailure ?? (isToItsEnd ? null : "The source did not come to its end: nothing came from it any more.");
        return end.IsCancelled
                ? (RunOutcome.Cancelled, $"The run was interrupted after {end.Simulated - SimTime.Zero} of {end.Run.Duration}.")
            : Session.Down is { } down ? (RunOutcome.DeviceRemoved, down.Message)
            : kernel.BugCheck is { } bugCheck ? (RunOutcome.DpcWatchdogViolation, bugCheck.ToString())
            : !Device.HasStarted ? (RunOutcome.NotStarted, Device.StartFailure ?? "The device did not start before the run's end.")
            : missing is not null ? (RunOutcome.Unaccounted, Device.StartFailure ?? $"{missing}, so that nothing can be accounted for.")
            : (RunOutcome.Completed, ended);
    }

    private InterruptFigures InterruptsOf(InterruptAccount? card)
    {
        var inApic = Device.AllInterrupts.Sum(i => i.Interrupt.Collapsed);
        return new InterruptFigures
        {
            Raised = (long)(card?.Raised ?? 0),
            Sent = (long)(card?.Sent ?? 0),
            Masked = (long)(card?.Masked ?? 0),
            Collapsed = (long)(card?.Collapsed ?? 0) + inApic,
            CollapsedInApic = inApic,
            Isr = Device.AllInterrupts.Sum(i => i.Interrupt.Runs),
        };
    }
}
