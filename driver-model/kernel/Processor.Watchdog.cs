using Pcie.Trace;

namespace Pcie.DriverModel.Kernel;

// The DPC watchdog (WDK, Bug Check 0x133; KDPC_WATCHDOG_INFORMATION): the clock interrupt counts how often it finds the processor at
// DISPATCH_LEVEL or above.
public sealed partial class Processor
{
    // Of the DPC or ISR that runs on the thread's frame, and since the processor was last below DISPATCH_LEVEL.
    private int routineTicks, dispatchTicks;

    // A routine has begun right above PASSIVE_LEVEL: it has its whole allotment (DpcTimeLimit).
    private void BeginAllotment() => routineTicks = 0;

    // Below DISPATCH_LEVEL the watchdog's own threaded DPC runs, before any thread, and sets the countdown anew.
    private void ResetWatchdog() => dispatchTicks = 0;

    /// <returns>True if the machine has halted.</returns>
    private bool WatchesDpcs()
    {
        var options = kernel.Options;
        if (frames[top].Irql < Irql.Dispatch || options.DpcWatchdog == DpcWatchdogPolicy.Off) return false;
        ref var frame = ref frames[frames[1].Irql >= Irql.Dispatch ? 1 : 2];
        // "A single DPC or ISR exceeded its time allotment": the count has passed it. A thread that has raised its IRQL is neither.
        if (++routineTicks == options.DpcTimeLimit + 1 && frame.Kind != FrameKind.Raised)
            return Violates(frame, isCumulative: false, routineTicks, options.DpcTimeLimit);
        if (++dispatchTicks < options.DpcWatchdogLimit) return false;
        var halted = Violates(frame, isCumulative: true, dispatchTicks, options.DpcWatchdogLimit);
        dispatchTicks = 0;
        return halted;
    }

    private bool Violates(in ProcessorFrame frame, bool isCumulative, int ticks, int limit)
    {
        var (source, routine) = frame.Kind switch
        {
            FrameKind.Dpc => (frame.Dpc!.Source, $"DPC of {frame.Dpc.Name}"),
            FrameKind.Isr => (frame.Interrupt!.Source, $"ISR of {frame.Interrupt.Name}"),
            _ => (frame.Raised!.Source, $"thread of {frame.Raised.Name} at raised IRQL"),
        };
        tracer.Record(TraceKind.DpcWatchdogViolation, source, isCumulative ? 1 : 0, ticks, (byte)Number);
        return kernel.Violated(new DpcWatchdogViolation(timeline.Now, Number, isCumulative, routine, ticks, limit));
    }
}
