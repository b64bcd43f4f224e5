using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Options;

/// <summary>What Windows calls system-defined, as parameters; the defaults are those of reference implementations.</summary>
public sealed record KernelOptions
{
    private static readonly string[] OfWindows =
    [
        "maximum-dpc-queue-depth", "minimum-dpc-rate", "ideal-dpc-rate", "adjust-dpc-threshold", "idle-polls", "dpc-watchdog", "dpc-time-limit",
        "dpc-watchdog-limit",
    ];

    [Key("kernel", "By whose rules interrupts, and what they defer, run: Windows' (IRQLs, DPCs), or Linux' (interrupts that do not nest, softirqs in "
        + "rounds, ksoftirqd), under which a DPC is a tasklet and a threaded one a threaded interrupt.")]
    public KernelKind Kernel { get; init; }

    [Key("processors", "Logical processors.", Min = 1, Max = 64)]
    public int Processors { get; init; } = 4;

    // Windows' default period is 15.625 ms.
    [Key("ticks-per-second", "Clock interrupts a second on each processor.", Min = 1, Max = 10_000)]
    public int TicksPerSecond { get; init; } = 64;

    [Key("tick-duration", "How long the clock interrupt takes.")]
    public Distribution TickDuration { get; init; } = Distribution.Fixed(new Duration(1_500));

    [Key("interrupt-dispatch", "From an interrupt's acceptance to the first instruction of our ISR. Other drivers' durations include theirs.")]
    public Duration InterruptDispatch { get; init; } = new(700);

    [Key("dpc-dispatch", "From the unlinking of our DPC to the first instruction of its routine.")]
    public Duration DpcDispatch { get; init; } = new(500);

    [Key("ipi-latency", "How long an inter-processor interrupt takes to arrive.")]
    public Duration IpiLatency { get; init; } = new(1_000);

    [Key("maximum-dpc-queue-depth", "KiMaximumDpcQueueDepth: a queue this deep is served at once, whatever the importance.", Min = 1, Max = 1_000)]
    public int MaximumDpcQueueDepth { get; init; } = 4;

    [Key("minimum-dpc-rate", "KiMinimumDpcRate: below this many DPCs a tick, DPCs of low importance are served at once.", Min = 0, Max = 1_000_000)]
    public int MinimumDpcRate { get; init; } = 3;

    [Key("ideal-dpc-rate", "KiIdealDpcRate: below this many DPCs a tick, a queue that had to wait for the tick lowers its depth limit.",
        Min = 0, Max = 1_000_000)]
    public int IdealDpcRate { get; init; } = 20;

    [Key("adjust-dpc-threshold", "KiAdjustDpcThreshold: ticks without a waiting queue until the depth limit rises again.", Min = 1, Max = 1_000_000)]
    public int AdjustDpcThreshold { get; init; } = 20;

    // To sleep is today's practice.
    [Key("idle-polls", "Whether an idle processor polls its DPC queue, or sleeps until an interrupt.")]
    public bool IdlePolls { get; init; }

    [Key("threaded-dpcs", "Whether threaded DPCs run in a thread (ThreadDpcEnable); otherwise they are ordinary ones.")]
    public bool ThreadedDpcs { get; init; } = true;

    [Key("dpc-watchdog", "What the DPC watchdog does when a limit is passed: halt the machine with DPC_WATCHDOG_VIOLATION (bug check 0x133), "
        + "which ends the run, as Windows does; count it and go on; or nothing.")]
    public DpcWatchdogPolicy DpcWatchdog { get; init; } = DpcWatchdogPolicy.BugCheck;

    // WDK, Bug Check 0x133: 0x500.
    [Key("dpc-time-limit", "DpcTimeLimit: how many clock interrupts a single DPC or ISR may run. The default is 20 s at 64 a second.",
        Min = 1, Max = 1_000_000)]
    public int DpcTimeLimit { get; init; } = 1_280;

    // 0x1E00.
    [Key("dpc-watchdog-limit", "DpcWatchdogLimit: in how many clock interrupts a processor has to come below DISPATCH_LEVEL. "
        + "The default is 120 s at 64 a second.", Min = 1, Max = 1_000_000)]
    public int DpcWatchdogLimit { get; init; } = 7_680;

    [Key("ksoftirqd-wait", "Linux: how long the thread ksoftirqd waits for its processor, to which softirqs are left after ten rounds or 2 ms.")]
    public Distribution KsoftirqdWait { get; init; } = Distribution.Fixed(new Duration(5_000));

    [Key("idle-state", "A state that an idle processor sinks into (ACPI C-state), and what it costs to leave it. Several by rising \"after\"; "
        + "without any, leaving idle costs nothing.")]
    public IReadOnlyList<IdleState> IdleStates { get; init; } = [];

    /// <exception cref="ScenarioException">A key is of the other kernel.</exception>
    internal void Check(ScenarioTable table)
    {
        foreach (var key in OfWindows)
            table.Only(key, Kernel == KernelKind.Windows, "it is a rule of Windows; leave it out, or kernel = \"linux\"");
        table.Only("ksoftirqd-wait", Kernel == KernelKind.Linux, "Windows has no ksoftirqd; leave it out, or set kernel = \"linux\"");
    }
}
