// A frame keeps its task until it is complete, and consumes it once.
#pragma warning disable CA2012

using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Kernel;

// What runs at DISPATCH_LEVEL and right below it: timers, the queue, threaded DPCs.
public sealed partial class Processor
{
    private readonly TimerTable timers = new();
    private readonly DpcQueue queue;

    // Its order is all that is used of it: importance does not decide when a threaded DPC runs (KeSetImportanceDpc).
    private readonly DpcQueue threaded;

    /// <summary>A timer's time has come. Its DPC runs after the next clock interrupt, before any that is queued, or goes to its target's queue.</summary>
    public void SetTimer(KernelTimer timer) => timers.Set(timer);

    // KeInsertQueueDpc past the test of the object.
    internal void InsertDpc(Dpc dpc, Processor current)
    {
        if (dpc.IsThreaded && kernel.Options.ThreadedDpcs)
        {
            InsertThreaded(dpc, current);
            return;
        }
        var told = queue.RoutineActive || queue.InterruptRequested;
        var tell = queue.Insert(dpc, isOwn: current == this, polls: IsIdle && kernel.Options.IdlePolls);
        tracer.Record(TraceKind.DpcQueued, dpc.Source, queue.RoutineActive || queue.InterruptRequested ? 1 : 2, queue.Depth, (byte)Number);
        if (told) return;
        if (current != this)
        {
            if (tell) ipi.ScheduleAfter(kernel.Options.IpiLatency);
            return;
        }
        // Told or not: an idle processor goes on to its idle loop, which empties the queue.
        Look();
    }

    internal bool RemoveDpc(Dpc dpc) => queue.Remove(dpc) || threaded.Remove(dpc);

    private void InsertThreaded(Dpc dpc, Processor current)
    {
        threaded.Insert(dpc, isOwn: true, polls: false);
        tracer.Record(TraceKind.DpcQueued, dpc.Source, 1, threaded.Depth, (byte)Number);
        // The thread is ready: its processor hears of it as of any thread.
        if (current == this) Look();
        else if (!ipi.IsScheduled) ipi.ScheduleAfter(kernel.Options.IpiLatency);
    }

    // KiRetireDpcList. Interrupts are enabled all the while; the level stays at DISPATCH_LEVEL.
    private void BeginDrain()
    {
        queue.RoutineActive = true;
        timers.BeginExpiry();
        NextDpc();
    }

    // A pending interrupt cannot be waiting here: it would have been delivered during the routine.
    private void NextDpc()
    {
        do
        {
            while (timers.Expire() is { } timer)
            {
                var dpc = timer.Dpc;
                if (dpc.Target is null || dpc.Target == this)
                {
                    BeginDpc(dpc, DpcWay.Timer, timer.Work);
                    return;
                }
                kernel.InsertQueueDpc(dpc, this, timer.Work);
            }
            if (queue.Depth > 0)
            {
                var dpc = Dequeue(queue);
                BeginDpc(dpc, DpcWay.Queue, dpc.Work);
                return;
            }
            timers.BeginExpiry();
        }
        while (timers.Requested);
        queue.EndDrain();
        Continue();
    }

    // The thread that runs threaded DPCs: at PASSIVE_LEVEL, before every other thread.
    private void BeginThreaded()
    {
        var dpc = Dequeue(threaded);
        BeginDpc(dpc, DpcWay.Thread, dpc.Work);
    }

    // Unlinked before the routine is called: from here on it can be queued again, here or elsewhere.
    private static Dpc Dequeue(DpcQueue from)
    {
        var dpc = from.RemoveHead();
        dpc.IsQueued = false;
        return dpc;
    }

    private void BeginDpc(Dpc dpc, DpcWay way, Duration work)
    {
        dpc.Runs++;
        DpcsRun++;
        ref var frame = ref way == DpcWay.Thread ? ref Push(FrameKind.ThreadedDpc, Irql.Passive) : ref Push(FrameKind.Dpc, Irql.Dispatch);
        (frame.Dpc, frame.Way) = (dpc, way);
        if (dpc.Routine is null)
        {
            RecordBegin(dpc, way);
            BeginLocked(dpc.Lock, dpc.DurationOf(work));
            return;
        }
        frame.HasCode = true;
        frame.Dispatching = true;
        frame.Remaining = kernel.Options.DpcDispatch.Nanoseconds;
        Continue();
    }

    private void RunDpc(Dpc dpc)
    {
        RecordBegin(dpc, frames[top].Way);
        if (dpc.Lock is null || dpc.Lock.Acquire(this)) RunRoutine(dpc);
        else Spin(dpc.Lock);
    }

    private void RunRoutine(Dpc dpc)
    {
        var before = EnterCode();
        frames[top].Task = dpc.Routine!.Run();
        LeaveCode(before);
    }

    // An ISR is above DISPATCH_LEVEL: queueing never starts a DPC on its own processor.
    private void QueueFromIsr(Dpc dpc, Duration work)
    {
        runningCode = true;
        kernel.InsertQueueDpc(dpc, this, work);
        runningCode = false;
    }

    private void RecordBegin(Dpc dpc, DpcWay way) =>
        tracer.Record(TraceKind.DpcBegin, dpc.Source, way == DpcWay.Thread ? threaded.Depth : queue.Depth, (int)way, (byte)Number);
}
