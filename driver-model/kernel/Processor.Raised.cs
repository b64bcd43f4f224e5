using System.Diagnostics;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Kernel;

// What keeps DPCs waiting though none runs: threads at raised IRQL, and locks that other processors hold.
public sealed partial class Processor
{
    // Threads that wait to raise their level, in the order in which they came.
    private RaisedThread? raised, lastRaised;

    // The frame that waits for a lock: at DISPATCH_LEVEL there is one.
    private int spinning;

    /// <summary>The next in the queue for the spin lock that this processor waits for.</summary>
    internal Processor? NextSpinning { get; set; }

    /// <summary>A thread of this processor raises its IRQL for a while, as soon as there is nothing above threads to do.</summary>
    public void Raise(RaisedThread thread)
    {
        Debug.Assert(thread.Irql >= Irql.Dispatch && (thread.Lock is null || thread.Irql == Irql.Dispatch),
            "A spin lock's level is DISPATCH_LEVEL.");
        var asleep = IsAsleep;
        if (thread.Waiting++ == 0)
        {
            if (raised is null) raised = thread;
            else lastRaised!.Next = thread;
            lastRaised = thread;
        }
        if (asleep) Wake();
        else Look();
    }

    /// <summary>The lock that this processor spins for is its own now. An ISR may be on top of the frame that wanted it.</summary>
    internal void Granted()
    {
        ref var frame = ref frames[spinning];
        Debug.Assert(frame.Spinning, "Only a processor that spins is granted a lock.");
        frame.Spinning = false;
        var (source, wanted) = frame.Kind == FrameKind.Dpc ? (frame.Dpc!.Source, frame.Dpc.Lock) : (frame.Raised!.Source, frame.Raised.Lock);
        tracer.Record(TraceKind.SpinEnd, source, wanted!.Source, 0, (byte)Number);
        if (top == spinning) workDone.ScheduleAfter(new Duration(frame.Remaining));
    }

    private void BeginRaised()
    {
        var thread = raised!;
        if (--thread.Waiting == 0)
        {
            raised = thread.Next;
            thread.Next = null;
            if (raised is null) lastRaised = null;
        }
        thread.Runs++;
        ref var frame = ref Push(FrameKind.Raised, thread.Irql);
        frame.Raised = thread;
        tracer.Record(TraceKind.RaisedIrqlBegin, thread.Source, thread.Irql, 0, (byte)Number);
        BeginLocked(thread.Lock, thread.NextDuration());
    }

    private void EndRaised()
    {
        var thread = frames[top + 1].Raised!;
        tracer.Record(TraceKind.RaisedIrqlEnd, thread.Source, thread.Irql, 0, (byte)Number);
        thread.Lock?.Release();
    }

    // The frame on top takes its lock, if it has one, and then so long.
    private void BeginLocked(QueuedSpinLock? wanted, Duration duration)
    {
        if (wanted is null || wanted.Acquire(this))
        {
            workDone.ScheduleAfter(duration);
            return;
        }
        frames[top].Remaining = duration.Nanoseconds;
        Spin(wanted);
    }

    private void Spin(QueuedSpinLock wanted)
    {
        ref var frame = ref frames[top];
        frame.Spinning = true;
        spinning = top;
        var source = frame.Kind == FrameKind.Dpc ? frame.Dpc!.Source : frame.Raised!.Source;
        tracer.Record(TraceKind.SpinBegin, source, wanted.Source, 0, (byte)Number);
    }
}
