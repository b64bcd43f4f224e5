// A frame keeps its task until it is complete, and consumes it once.
#pragma warning disable CA2012

using System.Diagnostics;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Kernel;

/// <summary>
/// A logical processor: a stack of frames (thread, DPC, ISRs by rising IRQL), each with the work it still has to do. The top frame runs.
/// An interrupt above its IRQL pushes a frame and freezes the ones below; when it ends, they go on with what was left, so that a nested
/// ISR extends the DPC it interrupts.
/// </summary>
/// <remarks>
/// Frames of other drivers are a duration and no code: they are nearly all events of a long run. Nothing here allocates in steady state.
/// </remarks>
public sealed partial class Processor : ITimelineTarget
{
    private const int WorkDone = 0, ClockTick = 1, IpiArrived = 2;

    // A thread, a threaded DPC, a DPC or a raised thread, and an ISR at each IRQL from 3 to 15.
    private const int MaxDepth = 17;

    private readonly ModelledKernel kernel;
    private readonly Timeline timeline;
    private readonly Tracer tracer;
    private readonly RandomStream tickRandom;

    // How long the clock interrupt takes that is remembered.
    private Duration requestedTick;
    private readonly uint tickSource;
    private readonly Duration tickPeriod;
    private readonly TimelineEvent workDone, tick, ipi;
    private readonly ProcessorFrame[] frames = new ProcessorFrame[MaxDepth];
    private int top;
    private bool stalled;
    private bool stopped;
    private bool runningCode;

    private PendingVectors requested;

    internal Processor(ModelledKernel kernel, int number, ulong seed)
    {
        this.kernel = kernel;
        Number = number;
        timeline = kernel.Timeline;
        tracer = kernel.Tracer;
        tickRandom = new RandomStream(seed, $"host.tick.{number}");
        idleRandom = new RandomStream(seed, $"host.idle.{number}");
        idleStates = [.. kernel.Options.IdleStates];
        tickSource = number == 0 ? tracer.AddSource("clock") : kernel.Processors[0].tickSource;
        tickPeriod = new Duration(1_000_000_000 / kernel.Options.TicksPerSecond);
        queue = new DpcQueue(kernel.Options);
        threaded = new DpcQueue(kernel.Options);
        workDone = timeline.CreateEvent(this, WorkDone);
        tick = timeline.CreateEvent(this, ClockTick);
        ipi = timeline.CreateEvent(this, IpiArrived);
        // Clock interrupts of the processors are spread over the period.
        tick.Schedule(SimTime.Zero + new Duration(tickPeriod.Nanoseconds * (number + 1) / kernel.Options.Processors));
    }

    public int Number { get; }

    /// <summary>The level at which it runs now.</summary>
    public byte CurrentIrql => frames[top].Irql;

    public int DpcQueueDepth => queue.Depth;

    /// <summary>Whether a DPC routine runs, or the loop that empties the queue is between two of them.</summary>
    public bool DpcRoutineActive => queue.RoutineActive;

    /// <summary>The depth at which a queue is served whatever the importance; the tick adjusts it.</summary>
    public int MaximumDpcQueueDepth => queue.MaximumDepth;

    public long InterruptsTaken { get; private set; }
    public long DpcsRun { get; private set; }
    public long Ticks { get; private set; }

    private bool IsIdle => top == 0 && frames[0].Remaining == 0 && !frames[0].HasCode && raised is null && threaded.Depth == 0;

    // Between two instructions that it could execute: what comes up may be taken.
    private bool IsInterruptible => !stalled && !runningCode && !stopped;

    /// <summary>A message has reached the local APIC: delivered now if its level is above the current one, remembered otherwise.</summary>
    public void Request(Interrupt interrupt)
    {
        var work = interrupt.Draw();
        if (interrupt.Irql > frames[top].Irql && IsInterruptible && !IsAsleep)
        {
            Freeze();
            BeginIsr(interrupt, work);
            return;
        }
        var collapsed = !requested.Set(interrupt.Vector);
        if (collapsed) interrupt.Collapsed++;
        else interrupt.Remember(Number, work);
        tracer.Record(TraceKind.InterruptRequested, interrupt.Source, interrupt.Vector, collapsed ? 1 : 0, (byte)Number);
        if (IsAsleep) Wake();
    }

    /// <summary>Threads of this processor have so much work; it is done below DISPATCH_LEVEL, when nothing else is to do.</summary>
    public void AddThreadWork(Duration work)
    {
        var asleep = IsAsleep;
        if (top == 0) Freeze();
        frames[0].Remaining += work.Nanoseconds;
        if (asleep) Wake();
        else if (top == 0 && IsInterruptible) Continue();
    }

    /// <summary>Runs code in a thread, at PASSIVE_LEVEL, as soon as the processor has nothing above that to do. One at a time.</summary>
    /// <exception cref="InvalidOperationException">Code runs in the thread already.</exception>
    public void RunThread(Func<ValueTask> routine)
    {
        if (frames[0].HasCode) throw new InvalidOperationException($"Processor {Number} runs code in its thread already.");
        var asleep = IsAsleep;
        if (top == 0) Freeze();
        frames[0].HasCode = true;
        frames[0].Continuation = () => frames[0].Task = routine();
        if (asleep) Wake();
        else if (top == 0 && !stopped) Continue();
    }

    /// <summary>
    /// The frame on top waits for a register read. The processor cannot be interrupted in the middle of that one instruction, so that
    /// messages are only remembered until <see cref="EndStall"/>.
    /// </summary>
    public void BeginStall(Action continuation)
    {
        Debug.Assert(runningCode && !stalled, "Only running code reads registers.");
        stalled = true;
        frames[top].Continuation = continuation;
    }

    /// <summary>The instruction completes: interrupts that waited come first, then the code goes on.</summary>
    public void EndStall()
    {
        stalled = false;
        if (!stopped) Continue();
    }

    internal WorkAwaitable Execute(Duration work) => new(this, work);

    internal void Await(Duration work, Action continuation)
    {
        Debug.Assert(runningCode, "Only running code can wait.");
        frames[top].Remaining += work.Nanoseconds;
        frames[top].Continuation = continuation;
    }

    void ITimelineTarget.Due(int tag)
    {
        switch (tag)
        {
            case WorkDone:
                frames[top].Remaining = 0;
                WorkIsDone();
                break;
            case ClockTick:
                tick.ScheduleAfter(tickPeriod);
                var work = kernel.Options.TickDuration.Draw(tickRandom);
                // The clock interrupt is one of the local APIC's like any other: it waits for the instruction, and for itself.
                if (IsInterruptible && frames[top].Irql < Irql.Clock && !IsAsleep) BeginTick(work);
                else if (requested.Set(Irql.ClockVector)) requestedTick = work;
                if (IsAsleep) Wake();
                break;
            case IpiArrived:
                Look();
                break;
        }
    }

    private void WorkIsDone()
    {
        ref var frame = ref frames[top];
        if (frame.Dispatching)
        {
            frame.Dispatching = false;
            if (frame.Kind == FrameKind.Isr) RunIsr(frame.Interrupt!);
            else RunDpc(frame.Dpc!);
        }
        else if (frame.HasCode)
        {
            // A DPC that spun for its lock has not begun its code.
            if (frame.Continuation is null) RunRoutine(frame.Dpc!);
            else ResumeCode();
        }
        else if (frame.Kind == FrameKind.Thread)
        {
            Continue();
        }
        else
        {
            EndFrame();
        }
    }

    // The processor has been told of its queue, or of a thread: it looks if its level allows.
    private void Look()
    {
        if (frames[top].Irql >= Irql.Dispatch || !IsInterruptible) return;
        if (IsAsleep)
        {
            Wake();
            return;
        }
        Freeze();
        Continue();
    }

    // What the top frame has still to do, it will do later.
    private void Freeze()
    {
        if (!workDone.IsScheduled) return;
        frames[top].Remaining = (workDone.DueAt - timeline.Now).Nanoseconds;
        workDone.Cancel();
    }

    // Something ended, or may begin: the highest thing that can run does.
    private void Continue()
    {
        var irql = frames[top].Irql;
        for (var vector = requested.Highest; vector >= 0 && Irql.OfVector((byte)vector) > irql; vector = requested.Highest)
        {
            requested.Clear((byte)vector);
            if (vector == Irql.ClockVector)
            {
                BeginTick(requestedTick);
                return;
            }
            if (kernel.InterruptOf(vector) is { } interrupt)
            {
                BeginIsr(interrupt, interrupt.Remembered(Number));
                return;
            }
            kernel.SpuriousInterrupts++;
        }
        if (irql < Irql.Dispatch && (queue.InterruptRequested || (queue.Depth > 0 && IsIdle)))
        {
            BeginDrain();
            return;
        }
        if (irql < Irql.Dispatch) ResetWatchdog();
        if (top == 0 && threaded.Depth > 0)
        {
            BeginThreaded();
            return;
        }
        if (top == 0 && raised is not null)
        {
            BeginRaised();
            return;
        }
        ref var frame = ref frames[top];
        if (frame.Spinning) return;
        if (frame.Remaining > 0) workDone.ScheduleAfter(new Duration(frame.Remaining));
        else if (frame.HasCode || top > 0) WorkIsDone();
        else idleSince = timeline.Now;
    }

    private void BeginIsr(Interrupt interrupt, InterruptWork work)
    {
        InterruptsTaken++;
        interrupt.Runs++;
        ref var frame = ref Push(FrameKind.Isr, interrupt.Irql);
        frame.Interrupt = interrupt;
        if (interrupt.Service is null)
        {
            tracer.Record(TraceKind.IsrBegin, interrupt.Source, interrupt.Vector, 0, (byte)Number);
            frame.DpcWork = work.Dpc;
            workDone.ScheduleAfter(interrupt.DurationOf(work, Number));
            return;
        }
        frame.HasCode = true;
        frame.Dispatching = true;
        frame.Remaining = kernel.Options.InterruptDispatch.Nanoseconds;
        Continue();
    }

    private void RunIsr(Interrupt interrupt)
    {
        tracer.Record(TraceKind.IsrBegin, interrupt.Source, interrupt.Vector, 0, (byte)Number);
        var before = EnterCode();
        frames[top].Task = interrupt.Service!.Run();
        LeaveCode(before);
    }

    private void BeginTick(Duration work)
    {
        Ticks++;
        if (WatchesDpcs()) return;
        var requests = queue.Tick();
        if (timers.Tick())
        {
            queue.RequestInterrupt();
            requests = true;
        }
        tracer.Record(TraceKind.Tick, tickSource, requests ? 1 : 0, 0, (byte)Number);
        Freeze();
        Push(FrameKind.Tick, Irql.Clock);
        workDone.ScheduleAfter(work);
    }

    private ref ProcessorFrame Push(FrameKind kind, byte irql)
    {
        Debug.Assert(irql >= frames[top].Irql, "A frame never lies above one of a higher level.");
        if (frames[top].Irql < Irql.Dispatch) BeginAllotment();
        ref var frame = ref frames[++top];
        frame.Kind = kind;
        frame.Irql = irql;
        frame.Remaining = 0;
        frame.HasCode = false;
        frame.Dispatching = false;
        frame.Spinning = false;
        return ref frame;
    }

    private void EndFrame()
    {
        ref var frame = ref frames[top];
        switch (frame.Kind)
        {
            case FrameKind.Isr:
                var interrupt = frame.Interrupt!;
                if (interrupt.Dpc is { } queued) QueueFromIsr(queued, frame.DpcWork);
                tracer.Record(TraceKind.IsrEnd, interrupt.Source, interrupt.Vector, 0, (byte)Number);
                interrupt.Service?.Ended();
                top--;
                break;
            case FrameKind.Dpc:
                var dpc = frame.Dpc!;
                tracer.Record(TraceKind.DpcEnd, dpc.Source, 0, 0, (byte)Number);
                top--;
                dpc.Lock?.Release();
                NextDpc();
                return;
            case FrameKind.ThreadedDpc:
                tracer.Record(TraceKind.DpcEnd, frame.Dpc!.Source, 0, 0, (byte)Number);
                top--;
                break;
            case FrameKind.Raised:
                top--;
                EndRaised();
                break;
            case FrameKind.Tick:
            case FrameKind.IdleExit:
                top--;
                break;
            case FrameKind.Thread:
                frame.HasCode = false;
                break;
        }
        Continue();
    }

    private void ResumeCode()
    {
        ref var frame = ref frames[top];
        var continuation = frame.Continuation!;
        frame.Continuation = null;
        var before = EnterCode();
        continuation();
        LeaveCode(before);
    }

    private Processor EnterCode()
    {
        var before = kernel.Current;
        kernel.Current = this;
        runningCode = true;
        return before;
    }

    // The code has returned, or waits for work to be done or for a register.
    private void LeaveCode(Processor before)
    {
        runningCode = false;
        kernel.Current = before;
        ref var frame = ref frames[top];
        if (frame.Task.IsCompleted)
        {
            var task = frame.Task;
            frame.Task = default;
            task.GetAwaiter().GetResult();
            EndFrame();
        }
        else if (!stalled)
        {
            Debug.Assert(frame.Continuation is not null, "Code waits for something that no processor knows of.");
            Continue();
        }
    }
}
