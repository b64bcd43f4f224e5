using Pcie.DriverModel.Kernel.Options;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel;

/// <summary>
/// The DPC watchdog of one processor (WDK, Bug Check 0x133; KDPC_WATCHDOG_INFORMATION): the clock interrupt counts how often it finds the
/// processor at DISPATCH_LEVEL or above.
/// </summary>
internal struct DpcWatchdog(KernelOptions options)
{
    private readonly DpcWatchdogPolicy policy = options.Kernel == KernelKind.Windows ? options.DpcWatchdog : DpcWatchdogPolicy.Off;

    // Of the DPC or ISR that runs on the thread's frame, and since the processor was last below DISPATCH_LEVEL.
    private int routineTicks, dispatchTicks;

    /// <summary>How many clock interrupts it takes at least until the machine is halted; null if that never happens.</summary>
    public readonly int? TicksLeft => policy == DpcWatchdogPolicy.BugCheck
        ? Math.Min(options.DpcTimeLimit + 1 - routineTicks, options.DpcWatchdogLimit - dispatchTicks)
        : null;

    /// <summary>A routine begins right above PASSIVE_LEVEL: it has its whole time allotment (DpcTimeLimit).</summary>
    public void ResetDpcBudget() => routineTicks = 0;

    /// <summary>
    /// The processor is below DISPATCH_LEVEL: there the watchdog's own threaded DPC runs, before any thread, and sets the countdown anew
    /// (DpcWatchdogLimit).
    /// </summary>
    public void ResetDispatchBudget() => dispatchTicks = 0;

    /// <summary>An interrupt of a processor below DISPATCH_LEVEL has come and gone, with its DPC.</summary>
    public void Reset() => routineTicks = dispatchTicks = 0;

    /// <summary>The clock interrupt has found the processor at DISPATCH_LEVEL or above.</summary>
    /// <param name="frame">The lowest of the processor's frames at that level or above.</param>
    /// <returns>The limit that this clock interrupt passes; null for none.</returns>
    public DpcWatchdogViolation? Tick(in ProcessorFrame frame, int processor, SimTime now)
    {
        if (policy == DpcWatchdogPolicy.Off) return null;
        // "A single DPC or ISR exceeded its time allotment": the count has passed it. A thread that has raised its IRQL is neither.
        if (++routineTicks == options.DpcTimeLimit + 1 && frame.Kind != FrameKind.Raised)
            return new DpcWatchdogViolation(now, processor, IsCumulative: false, frame.Routine, routineTicks, options.DpcTimeLimit);
        if (++dispatchTicks < options.DpcWatchdogLimit) return null;
        ResetDispatchBudget();
        return new DpcWatchdogViolation(now, processor, IsCumulative: true, frame.Routine, options.DpcWatchdogLimit, options.DpcWatchdogLimit);
    }
}
