using System.Diagnostics;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Kernel.Threads;
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
public sealed class Processor : ITimelineTarget, ILockWaiter
{
    private const int WorkDone = 0, ClockTick = 1, IpiArrived = 2, KsoftirqdRuns = 3;

    private readonly ModelledKernel kernel;
    private readonly KernelOptions options;
    private readonly Timeline timeline;
    private readonly Tracer tracer;
    private readonly TimelineEvent workDone, tick, ipi;
    private LocalApic apic = new();
    private readonly TimerTable timers = new();
    private readonly DpcQueue queue;
    private readonly DpcDrain drain;

    // Its order is all that is used of it: importance does not decide when a threaded DPC runs (KeSetImportanceDpc).
    private DpcList threaded;

    // Linux: the thread that serves what softirqs left, and an interrupt's level, above all others.
    private readonly TimelineEvent? ksoftirqd;
    private readonly RandomStream ksoftirqdRandom;
    private readonly bool isLinux;
    private RaisedThreads raised;
    private DpcWatchdog watchdog;
    private readonly IdleStates? idle;
    private readonly Duration tickPeriod;
    private readonly Draws tickDurations;
    private readonly uint clock;
    private FrameStack frames = new();
    private Hold hold;

    /// <param name="clock">Number of the clock interrupt in the trace.</param>
    internal Processor(ModelledKernel kernel, int number, uint clock, ulong seed)
    {
        (this.kernel, Number, this.clock) = (kernel, number, clock);
        (options, timeline, tracer) = (kernel.Options, kernel.Timeline, kernel.Tracer);
        (queue, watchdog) = (DpcQueue.Create(options), new DpcWatchdog(options));
        drain = new DpcDrain(timers, queue, timeline);
        if (options.IdleStates.Count > 0) idle = new IdleStates(options.IdleStates, new RandomStream(seed, $"host.idle.{number}"));
        tickDurations = new Draws(options.TickDuration, new RandomStream(seed, $"host.tick.{number}"));
        workDone = timeline.CreateEvent(this, WorkDone, ModelledKernel.NoCode);
        tick = timeline.CreateEvent(this, ClockTick, ModelledKernel.NoCode);
        ipi = timeline.CreateEvent(this, IpiArrived, ModelledKernel.NoCode);
        isLinux = options.Kernel == KernelKind.Linux;
        if (isLinux) ksoftirqd = timeline.CreateEvent(this, KsoftirqdRuns, ModelledKernel.NoCode);
        ksoftirqdRandom = new RandomStream(seed, $"host.ksoftirqd.{number}");
        tickPeriod = new Duration(1_000_000_000 / options.TicksPerSecond);
        // Clock interrupts of the processors are spread over the period.
        tick.Schedule(SimTime.Zero + new Duration(tickPeriod.Nanoseconds * (number + 1) / options.Processors));
    }

    public int Number { get; }

    /// <summary>The level at which it runs now.</summary>
    public byte CurrentIrql => frames.Top.Irql;

    public int DpcQueueDepth => queue.Depth;

    /// <summary>Whether a DPC routine runs, or the loop that empties the queue is between two of them.</summary>
    public bool DpcRoutineActive => queue.RoutineActive;

    /// <summary>The depth at which a queue is served whatever the importance; the tick adjusts it.</summary>
    public int MaximumDpcQueueDepth => queue.MaximumDepth;

    public long InterruptsTaken { get; private set; }
    public long DpcsRun { get; private set; }
    public long Ticks { get; private set; }

    ILockWaiter? ILockWaiter.NextWaiter { get; set; }

    /// <summary>Whether code of the driver under study runs here, waits, or is asked for.</summary>
    internal bool HasCode =>
        frames.HasCode || queue.HasCode || threaded.HasCode || timers.HasCode || (!apic.IsEmpty && apic.HasCode(kernel.Interrupts));

    /// <summary>The watchdog halts the machine no earlier: as many clock interrupts as it still allows are to come.</summary>
    internal SimTime EarliestBugCheck => watchdog.TicksLeft is { } ticks
        // One of them may have been requested already.
        ? SimTime.Max(timeline.NextDue, tick.DueAt + tickPeriod * (ticks - 2))
        : SimTime.Never;

    private bool IsIdle =>
        frames.IsAtThread && frames.Thread.Remaining == 0 && frames.Thread.State == FrameState.Passing && raised.IsEmpty && threaded.Depth == 0;

    // Idle, in a state that takes time to leave.
    private bool IsAsleep => idle is not null && IsIdle && (hold & Hold.Stopped) == 0 && idle.AreEntered(timeline.Now);

    private bool IsInterruptible => hold == Hold.None;

    // Nothing runs, waits, or is to be looked at when an interrupt has ended. What Linux and idle states do besides is not passed over.
    private bool IsUndisturbed => IsInterruptible && IsIdle && apic.IsEmpty && timers.IsEmpty && queue.IsAtRest && idle is null && !isLinux;

    /// <summary>A message has reached the local APIC, for whatever is connected to its vector.</summary>
    public void Request(byte vector)
    {
        if (kernel.Interrupts.Find(vector) is { } interrupt) Request(interrupt);
    }

    /// <summary>A message has reached the local APIC: delivered now if its level is above the current one, remembered otherwise.</summary>
    public void Request(Interrupt interrupt) => Request(interrupt, interrupt.ForRequest());

    /// <summary>
    /// The same of another driver's interrupt, as the last thing that an event does. If nothing can come before its ISR and its DPC are over, they
    /// are over at once; they run for as long as the request brings.
    /// </summary>
    public void RequestLast(Interrupt interrupt)
    {
        var work = interrupt.ForRequest();
        if (!IsUndisturbed || !TryPass(interrupt, work)) Request(interrupt, work);
    }

    private void Request(Interrupt interrupt, InterruptWork work)
    {
        if (interrupt.Irql > frames.Top.Irql && IsInterruptible && !IsAsleep)
        {
            Freeze();
            BeginIsr(interrupt, work);
            return;
        }
        var collapsed = !apic.Request(interrupt.Vector, work);
        if (collapsed) interrupt.Collapsed++;
        tracer.Record(TraceKind.InterruptRequested, interrupt.Source, interrupt.Vector, collapsed ? 1 : 0, (byte)Number);
        if (IsAsleep) Wake();
    }

    /// <summary>KeInsertQueueDpc, called on this processor: into its target's queue, or into this processor's own.</summary>
    /// <returns>False if the DPC was queued already: nothing else happened.</returns>
    public bool InsertQueueDpc(Dpc dpc) => InsertQueueDpc(dpc, dpc.ForRequest());

    /// <summary>
    /// A timer's time has come. Its DPC runs after the next clock interrupt, before any that is queued, or goes to its target's queue.
    /// </summary>
    public void SetTimer(KernelTimer timer) => timers.Set(timer);

    /// <summary>A thread of this processor raises its IRQL for a while, as soon as there is nothing above threads to do.</summary>
    public void Raise(RaisedThread thread)
    {
        Debug.Assert(thread.Irql >= Irql.Dispatch && (thread.Lock is null || thread.Irql == Irql.Dispatch),
            "A spin lock's level is DISPATCH_LEVEL.");
        var asleep = IsAsleep;
        raised.Add(thread);
        if (asleep) Wake();
        else Reschedule();
    }

    /// <summary>Threads of this processor have so much work; it is done below DISPATCH_LEVEL, when nothing else is to do.</summary>
    public void AddThreadWork(Duration work)
    {
        var asleep = IsAsleep;
        if (frames.IsAtThread) Freeze();
        frames.Thread.Remaining += work.Nanoseconds;
        if (asleep) Wake();
        else if (frames.IsAtThread && IsInterruptible) Continue();
    }

    /// <summary>Runs code in a thread, at PASSIVE_LEVEL, as soon as the processor has nothing above that to do. One at a time.</summary>
    /// <exception cref="InvalidOperationException">Code runs in the thread already.</exception>
    public void RunThread(Func<ValueTask> routine)
    {
        if (frames.Thread.State != FrameState.Passing) throw new InvalidOperationException($"Processor {Number} runs code in its thread already.");
        var asleep = IsAsleep;
        if (frames.IsAtThread) Freeze();
        (frames.Thread.State, frames.Thread.ThreadRoutine) = (FrameState.Starting, routine);
        if (asleep) Wake();
        else if (frames.IsAtThread && (hold & Hold.Stopped) == 0) Continue();
    }

    /// <summary>
    /// The frame on top waits for a register read. The processor cannot be interrupted in the middle of that one instruction, so that
    /// messages are only remembered until <see cref="EndStall"/>.
    /// </summary>
    public void BeginStall(Action continuation)
    {
        Debug.Assert(hold == Hold.RunsCode, "Only running code reads registers.");
        hold |= Hold.Stalled;
        frames.Top.Continuation = continuation;
    }

    /// <summary>The instruction completes: interrupts that waited come first, then the code goes on.</summary>
    public void EndStall()
    {
        hold &= ~Hold.Stalled;
        if ((hold & Hold.Stopped) == 0) Continue();
    }

    /// <summary>
    /// The code that this processor runs works, or stalls, for so long; interrupts above its IRQL come in between and take their time on top.
    /// </summary>
    public WorkAwaitable Execute(Duration work) => new(this, work);

    internal void Await(Duration work, Action continuation)
    {
        Debug.Assert((hold & Hold.RunsCode) != 0, "Only running code can wait.");
        frames.Top.Remaining += work.Nanoseconds;
        frames.Top.Continuation = continuation;
    }

    internal void Stop()
    {
        Freeze();
        hold |= Hold.Stopped;
    }

    internal void Resume()
    {
        hold &= ~Hold.Stopped;
        // An instruction that was being executed still is; what completed meanwhile goes on now, after the interrupts that came.
        if ((hold & Hold.Stalled) == 0) Continue();
    }

    /// <returns>Whether it was queued here.</returns>
    internal bool RemoveDpc(Dpc dpc) => queue.Remove(dpc) || threaded.Remove(dpc);

    void ITimelineTarget.Due(int tag)
    {
        switch (tag)
        {
            case WorkDone:
                frames.Top.Remaining = 0;
                WorkIsDone();
                break;
            case ClockTick:
                tick.ScheduleAfter(tickPeriod);
                var work = tickDurations.Next();
                // The clock interrupt is one of the local APIC's like any other: it waits for the instruction, and for itself.
                if (IsUndisturbed && timeline.TryPass(timeline.Now + work, 1)) PassTick();
                else if (IsInterruptible && frames.Top.Irql < Irql.Clock && !IsAsleep) BeginTick(work);
                else apic.Request(Irql.ClockVector, new InterruptWork(work, Duration.Zero));
                if (IsAsleep) Wake();
                break;
            case IpiArrived:
                Reschedule();
                break;
            case KsoftirqdRuns:
                if (queue.Depth > 0) queue.RequestInterrupt();
                Reschedule();
                break;
        }
    }

    // An ISR may be on top of the frame that wanted the lock.
    void ILockWaiter.Granted()
    {
        // At DISPATCH_LEVEL there is one frame, and nothing that spins lies below that level.
        ref var frame = ref frames.LowestRaised;
        Debug.Assert(frame.State == FrameState.Spinning, "Only a processor that spins is granted a lock.");
        frame.State = frame.Kind == FrameKind.Dpc && frame.Dpc!.Routine is not null ? FrameState.Starting : FrameState.Passing;
        tracer.Record(TraceKind.SpinEnd, frame.Source, frame.Lock!.Source, 0, (byte)Number);
        if (frames.Top.Irql == Irql.Dispatch) workDone.ScheduleAfter(new Duration(frame.Remaining));
    }

    private void WorkIsDone()
    {
        ref var frame = ref frames.Top;
        if (frame.State == FrameState.Passing) EndFrame();
        else if (frame.State == FrameState.Dispatching) BeginCode(ref frame);
        else RunCode(ref frame);
    }

    // The processor has been told of its queue, or of a thread: it looks if its level allows.
    private void Reschedule()
    {
        if (frames.Top.Irql >= Irql.Dispatch || !IsInterruptible) return;
        if (IsAsleep) Wake();
        else
        {
            Freeze();
            Continue();
        }
    }

    // What the top frame has still to do, it will do later.
    private void Freeze()
    {
        if (!workDone.IsScheduled) return;
        frames.Top.Remaining = (workDone.DueAt - timeline.Now).Nanoseconds;
        workDone.Cancel();
    }

    // Something ended, or may begin: the highest thing that can run does.
    private void Continue()
    {
        ref var frame = ref frames.Top;
        if (!apic.IsEmpty && TryBeginRequested(frame.Irql)) return;
        if (frame.Irql < Irql.Dispatch)
        {
            if (queue.InterruptRequested || (queue.Depth > 0 && IsIdle && !isLinux))
            {
                drain.Begin();
                ContinueDrain();
                return;
            }
            watchdog.ResetDispatchBudget();
        }
        if (frames.IsAtThread)
        {
            // The thread that runs threaded DPCs goes before every other thread.
            if (threaded.Depth > 0)
            {
                var dpc = threaded.RemoveHead();
                BeginDpc(dpc, DpcWay.Thread, dpc.Requested);
                return;
            }
            if (!raised.IsEmpty)
            {
                BeginRaised(raised.RemoveTurn());
                return;
            }
        }
        if (frame.State == FrameState.Spinning) return;
        if (frame.Remaining > 0) workDone.ScheduleAfter(new Duration(frame.Remaining));
        else if (!frames.IsAtThread || frame.State != FrameState.Passing) WorkIsDone();
        else idle?.Begin(timeline.Now);
    }

    private bool TryBeginRequested(byte irql)
    {
        while (apic.TryTake(irql, out var vector, out var work))
        {
            if (vector == Irql.ClockVector) BeginTick(work.Isr);
            else if (kernel.Interrupts.Find(vector) is { } interrupt) BeginIsr(interrupt, work);
            else continue;
            return true;
        }
        return false;
    }

    private void BeginIsr(Interrupt interrupt, InterruptWork work)
    {
        InterruptsTaken++;
        interrupt.Runs++;
        ref var frame = ref Push(FrameKind.Isr, LevelOf(interrupt.Irql));
        frame.Interrupt = interrupt;
        if (interrupt.Service is null)
        {
            RecordBegin(interrupt);
            frame.ForDpc = work.Dpc;
            workDone.ScheduleAfter(interrupt.ForRun(Number, work.Isr));
            return;
        }
        Dispatch(ref frame, options.InterruptDispatch);
    }

    // From the first instruction of the ISR to the last of its DPC, as BeginIsr, EndFrame and BeginDpc have them one after the other.
    private bool TryPass(Interrupt interrupt, InterruptWork work)
    {
        var dpc = interrupt.Dpc;
        if (dpc is not null && !dpc.PassesOn(Number)) return false;
        var isrEnd = timeline.Now + work.Isr;
        var dpcEnd = isrEnd + work.Dpc;
        if (!timeline.TryPass(dpcEnd, dpc is null ? 1 : 2)) return false;
        InterruptsTaken++;
        interrupt.Runs++;
        watchdog.Reset();
        if (dpc is null)
        {
            var both = tracer.BeginRecord(2, interrupt.Source);
            both[0] = EventAt(timeline.Now, TraceKind.IsrBegin, interrupt);
            both[1] = EventAt(isrEnd, TraceKind.IsrEnd, interrupt);
            tracer.EndRecord(both);
            return true;
        }
        dpc.Queued++;
        dpc.Runs++;
        DpcsRun++;
        queue.Pass();
        var events = tracer.BeginRecord(5, dpc.Source);
        events[0] = EventAt(timeline.Now, TraceKind.IsrBegin, interrupt);
        events[1] = EventAt(isrEnd, TraceKind.DpcQueued, dpc, 1, 1);
        events[2] = EventAt(isrEnd, TraceKind.IsrEnd, interrupt);
        events[3] = EventAt(isrEnd, TraceKind.DpcBegin, dpc, 0, (int)DpcWay.Queue);
        events[4] = EventAt(dpcEnd, TraceKind.DpcEnd, dpc, 0, 0);
        tracer.EndRecord(events);
        return true;
    }

    private TraceEvent EventAt(SimTime time, TraceKind kind, Interrupt of) => tracer.EventAt(time, kind, of.Source, of.Vector, 0, (byte)Number);

    private TraceEvent EventAt(SimTime time, TraceKind kind, Dpc of, long a, long b) => tracer.EventAt(time, kind, of.Source, a, b, (byte)Number);

    // As BeginTick to its end.
    private void PassTick()
    {
        Ticks++;
        watchdog.Reset();
        drain.Tick();
        tracer.Record(TraceKind.Tick, clock, 0, 0, (byte)Number);
    }

    private void BeginTick(Duration duration)
    {
        Ticks++;
        if (frames.Top.Irql >= Irql.Dispatch && CheckWatchdog()) return;
        var requests = drain.Tick();
        tracer.Record(TraceKind.Tick, clock, requests ? 1 : 0, 0, (byte)Number);
        Freeze();
        Push(FrameKind.Tick, LevelOf(Irql.Clock));
        workDone.ScheduleAfter(duration);
    }

    /// <returns>True if the machine has halted.</returns>
    private bool CheckWatchdog()
    {
        ref var frame = ref frames.LowestRaised;
        if (watchdog.Tick(frame, Number, timeline.Now) is not { } violation) return false;
        tracer.Record(TraceKind.DpcWatchdogViolation, frame.Source, violation.IsCumulative ? 1 : 0, violation.Ticks, (byte)Number);
        return kernel.Violated(violation);
    }

    // Interrupts are remembered until the processor is awake.
    private void Wake()
    {
        var (state, latency) = idle!.Leave(timeline.Now);
        tracer.Record(TraceKind.IdleExit, clock, state, latency.Nanoseconds, (byte)Number);
        Push(FrameKind.IdleExit, Irql.High);
        workDone.ScheduleAfter(latency);
    }

    private bool InsertQueueDpc(Dpc dpc, Duration requested)
    {
        var target = dpc.Target is { } number ? kernel.ProcessorOf(number) : this;
        if (dpc.IsQueued)
        {
            dpc.Coalesced++;
            tracer.Record(TraceKind.DpcQueued, dpc.Source, 0, target.DpcQueueDepth, (byte)target.Number);
            return false;
        }
        (dpc.IsQueued, dpc.Requested) = (true, requested);
        dpc.Queued++;
        target.QueueDpc(dpc, isOwn: target == this);
        return true;
    }

    private void QueueDpc(Dpc dpc, bool isOwn)
    {
        if (dpc.IsThreaded && options.ThreadedDpcs)
        {
            QueueThreaded(dpc, isOwn);
            return;
        }
        var expected = queue.IsExpected;
        var tell = queue.Insert(dpc, isOwn ? DpcInsertion.Own : options.IdlePolls && IsIdle ? DpcInsertion.RemoteToPolling : DpcInsertion.Remote);
        tracer.Record(TraceKind.DpcQueued, dpc.Source, queue.IsExpected ? 1 : 2, queue.Depth, (byte)Number);
        if (expected) return;
        // Told or not: an idle processor goes on to its idle loop, which empties the queue.
        if (isOwn) Reschedule();
        else if (tell) ipi.ScheduleAfter(options.IpiLatency);
    }

    private void QueueThreaded(Dpc dpc, bool isOwn)
    {
        threaded.InsertByImportance(dpc);
        tracer.Record(TraceKind.DpcQueued, dpc.Source, 1, threaded.Depth, (byte)Number);
        // The thread is ready: its processor hears of it as of any thread.
        if (isOwn) Reschedule();
        else if (!ipi.IsScheduled) ipi.ScheduleAfter(options.IpiLatency);
    }

    // A pending interrupt cannot be waiting here: it would have been delivered during the routine.
    private void ContinueDrain()
    {
        while (drain.TryRemoveNext(out var dpc, out var way, out var requested))
        {
            if (way == DpcWay.Timer && dpc.Target is { } target && target != Number)
            {
                InsertQueueDpc(dpc, requested);
                continue;
            }
            BeginDpc(dpc, way, requested);
            return;
        }
        if (isLinux && queue.Depth > 0 && !ksoftirqd!.IsScheduled) ksoftirqd.ScheduleAfter(options.KsoftirqdWait.Draw(ksoftirqdRandom));
        Continue();
    }

    // Linux runs handlers of interrupts with interrupts off, and a thread that keeps one off keeps off all.
    private byte LevelOf(byte irql) => isLinux && irql > Irql.Dispatch ? Irql.High : irql;

    // irq_exit: what is pending is served, also what was left to ksoftirqd.
    private void InterruptEnds()
    {
        if (isLinux && queue.Depth > 0) queue.RequestInterrupt();
    }

    private void BeginDpc(Dpc dpc, DpcWay way, Duration requested)
    {
        dpc.Runs++;
        DpcsRun++;
        ref var frame = ref way == DpcWay.Thread ? ref Push(FrameKind.ThreadedDpc, Irql.Passive) : ref Push(FrameKind.Dpc, Irql.Dispatch);
        (frame.Dpc, frame.Way) = (dpc, way);
        if (dpc.Routine is null)
        {
            RecordBegin(dpc, way);
            BeginLocked(ref frame, dpc.Lock, dpc.ForRun(Number, requested));
            return;
        }
        Dispatch(ref frame, options.DpcDispatch);
    }

    private void BeginRaised(RaisedThread thread)
    {
        thread.Runs++;
        ref var frame = ref Push(FrameKind.Raised, LevelOf(thread.Irql));
        frame.Raised = thread;
        tracer.Record(TraceKind.RaisedIrqlBegin, thread.Source, thread.Irql, 0, (byte)Number);
        BeginLocked(ref frame, thread.Lock, thread.NextDuration(Number));
        thread.Routine?.Raised();
    }

    // The frame on top takes its lock, if it has one, and then so long.
    private void BeginLocked(ref ProcessorFrame frame, QueuedSpinLock? wanted, Duration duration)
    {
        frame.Remaining = duration.Nanoseconds;
        if (HasLock(ref frame, wanted)) workDone.ScheduleAfter(duration);
    }

    /// <returns>False if the frame, which is on top, spins for the lock.</returns>
    private bool HasLock(ref ProcessorFrame frame, QueuedSpinLock? wanted)
    {
        if (wanted is null || wanted.Acquire(this)) return true;
        Spin(ref frame, wanted);
        return false;
    }

    private void Spin(ref ProcessorFrame frame, QueuedSpinLock wanted)
    {
        frame.State = FrameState.Spinning;
        tracer.Record(TraceKind.SpinBegin, frame.Source, wanted.Source, 0, (byte)Number);
    }

    private ref ProcessorFrame Push(FrameKind kind, byte irql)
    {
        if (frames.Top.Irql < Irql.Dispatch) watchdog.ResetDpcBudget();
        return ref frames.Push(kind, irql);
    }

    private void EndFrame()
    {
        ref var frame = ref frames.Top;
        switch (frame.Kind)
        {
            case FrameKind.Isr:
                var interrupt = frame.Interrupt!;
                // An ISR is above DISPATCH_LEVEL: queueing never starts a DPC on its own processor.
                if (interrupt.Dpc is { } queued) InsertQueueDpc(queued, frame.ForDpc);
                tracer.Record(TraceKind.IsrEnd, interrupt.Source, interrupt.Vector, 0, (byte)Number);
                interrupt.Service?.Ended();
                InterruptEnds();
                break;
            case FrameKind.Tick:
                InterruptEnds();
                break;
            case FrameKind.Dpc or FrameKind.ThreadedDpc:
                var dpc = frame.Dpc!;
                tracer.Record(TraceKind.DpcEnd, dpc.Source, 0, 0, (byte)Number);
                if (frame.Kind == FrameKind.ThreadedDpc) break;
                frames.Pop();
                dpc.Lock?.Release();
                ContinueDrain();
                return;
            case FrameKind.Raised:
                EndRaised(frame.Raised!);
                break;
            case FrameKind.Thread:
                frame.State = FrameState.Passing;
                Continue();
                return;
        }
        frames.Pop();
        Continue();
    }

    private void EndRaised(RaisedThread thread)
    {
        tracer.Record(TraceKind.RaisedIrqlEnd, thread.Source, thread.Irql, 0, (byte)Number);
        thread.Lock?.Release();
    }

    private void Dispatch(ref ProcessorFrame frame, Duration latency)
    {
        frame.State = FrameState.Dispatching;
        frame.Remaining = latency.Nanoseconds;
        Continue();
    }

    // The kernel has come to the first instruction of a routine.
    private void BeginCode(ref ProcessorFrame frame)
    {
        if (frame.Kind == FrameKind.Isr) RecordBegin(frame.Interrupt!);
        else RecordBegin(frame.Dpc!, frame.Way);
        if (frame.Kind == FrameKind.Isr || HasLock(ref frame, frame.Dpc!.Lock)) RunCode(ref frame);
    }

    private void RunCode(ref ProcessorFrame frame)
    {
        var before = kernel.Current;
        kernel.Current = this;
        hold |= Hold.RunsCode;
        var hasReturned = frame.RunCode();
        hold &= ~Hold.RunsCode;
        kernel.Current = before;
        if (hasReturned) EndFrame();
        else if ((hold & Hold.Stalled) == 0) Continue();
    }

    private void RecordBegin(Interrupt interrupt) => tracer.Record(TraceKind.IsrBegin, interrupt.Source, interrupt.Vector, 0, (byte)Number);

    private void RecordBegin(Dpc dpc, DpcWay way) =>
        tracer.Record(TraceKind.DpcBegin, dpc.Source, way == DpcWay.Thread ? threaded.Depth : queue.Depth, (int)way, (byte)Number);

    // Why the processor is not between two instructions, where what comes up may be taken.
    [Flags]
    private enum Hold : byte
    {
        None = 0,

        // Code of the top frame runs, in no time.
        RunsCode = 1,

        // An instruction of that code waits for a register.
        Stalled = 2,

        // All processors are stopped.
        Stopped = 4,
    }
}
