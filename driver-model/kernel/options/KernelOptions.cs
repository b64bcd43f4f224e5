using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Options;

/// <summary>What Windows calls system-defined, as parameters; the defaults are those of reference implementations.</summary>
public sealed record KernelOptions
{
    /// <summary>Logical processors, 1 to 64.</summary>
    public int Processors { get; init; } = 4;

    /// <summary>Clock interrupts a second on each processor; Windows' default period is 15.625 ms.</summary>
    public int TicksPerSecond { get; init; } = 64;

    /// <summary>How long the clock interrupt takes.</summary>
    public Distribution TickDuration { get; init; } = Distribution.Fixed(new Duration(1_500));

    /// <summary>From an interrupt's acceptance to the first instruction of a driver's ISR. Other drivers' durations include theirs.</summary>
    public Duration InterruptDispatch { get; init; } = new(700);

    /// <summary>From the unlinking of a DPC to the first instruction of its routine, for the driver under study.</summary>
    public Duration DpcDispatch { get; init; } = new(500);

    /// <summary>How long an inter-processor interrupt takes to arrive.</summary>
    public Duration IpiLatency { get; init; } = new(1_000);

    /// <summary>KiMaximumDpcQueueDepth: a queue this deep is served at once, whatever the importance.</summary>
    public int MaximumDpcQueueDepth { get; init; } = 4;

    /// <summary>KiMinimumDpcRate: below this many DPCs a tick, DPCs of low importance are served at once.</summary>
    public int MinimumDpcRate { get; init; } = 3;

    /// <summary>KiIdealDpcRate: below this many DPCs a tick, a queue that had to wait for the tick lowers its depth limit.</summary>
    public int IdealDpcRate { get; init; } = 20;

    /// <summary>KiAdjustDpcThreshold: ticks without a waiting queue until the depth limit rises again.</summary>
    public int AdjustDpcThreshold { get; init; } = 20;

    /// <summary>Whether an idle processor polls its queue (true) or sleeps until an interrupt (false, today's practice).</summary>
    public bool IdlePolls { get; init; }

    /// <summary>ThreadDpcEnable: whether threaded DPCs run in a thread; otherwise they are ordinary ones.</summary>
    public bool ThreadedDpcs { get; init; } = true;

    /// <summary>What happens when one of the two limits below is passed.</summary>
    public DpcWatchdogPolicy DpcWatchdog { get; init; } = DpcWatchdogPolicy.BugCheck;

    /// <summary>DpcTimeLimit: clock interrupts that a single DPC or ISR may run; 20 s of them by default (WDK, Bug Check 0x133: 0x500).</summary>
    public int DpcTimeLimit { get; init; } = 1_280;

    /// <summary>
    /// DpcWatchdogLimit: clock interrupts in which a processor has to come below DISPATCH_LEVEL; 120 s of them by default (0x1E00).
    /// </summary>
    public int DpcWatchdogLimit { get; init; } = 7_680;

    /// <summary>What leaving idle costs, by how long the processor has been idle: states that it enters in turn. None: nothing.</summary>
    public IReadOnlyList<IdleState> IdleStates { get; init; } = [];
}
