using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Kernel;

// When a processor executes nothing: stopped together with all others, or on its way out of an idle state.
public sealed partial class Processor
{
    private readonly RandomStream idleRandom;
    private readonly IdleState[] idleStates;
    private SimTime idleSince;

    // Idle, in a state that takes time to leave.
    private bool IsAsleep => idleStates.Length > 0 && IsIdle && !stopped && timeline.Now - idleSince >= idleStates[0].After;

    internal void Stop()
    {
        Freeze();
        stopped = true;
    }

    internal void Resume()
    {
        stopped = false;
        // An instruction that was being executed still is; what completed meanwhile goes on now, after the interrupts that came.
        if (!stalled) Continue();
    }

    // Interrupts are remembered until the processor is awake.
    private void Wake()
    {
        var idle = timeline.Now - idleSince;
        var state = idleStates.Length - 1;
        while (idleStates[state].After > idle) state--;
        var latency = idleStates[state].ExitLatency.Draw(idleRandom);
        tracer.Record(TraceKind.IdleExit, tickSource, state, latency.Nanoseconds, (byte)Number);
        Push(FrameKind.IdleExit, Irql.High);
        workDone.ScheduleAfter(latency);
    }
}
