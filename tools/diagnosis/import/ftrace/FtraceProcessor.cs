using System.Numerics;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Ftrace;

/// <summary>One processor of a Linux recording: what is open on it, and which softirqs are pending. An entry without its exit, or the other way
/// round, is counted and gives no interval: nothing is guessed. That a softirq began is told all the same.</summary>
internal sealed class FtraceProcessor(ushort number, IMachineSink sink, ImportReport report)
{
    public const int Softirqs = 32;

    private const int MaxNesting = 32, MaxNoise = 64;

    private readonly Frame[] isrs = new Frame[MaxNesting];
    private readonly (long Begin, long End)[] noise = new (long, long)[MaxNoise];
    private readonly int[] sources = new int[Softirqs];
    private Frame softirq = Frame.None, tasklet = Frame.None;
    private int depth, noises, lastVector = Softirqs;
    private uint pending, batch;
    private int thread = -1;
    private bool isThreadTold;
    private long switched, since = long.MinValue;
    private long now = long.MinValue;
    private long entriesWithoutExit, exitsWithoutEntry, entriesWithoutRaise;

    public ushort Number => number;

    /// <summary>The time of its last event.</summary>
    public long Now => now;

    // Handlers and vectors have numbers of their own.
    public static long HandlerKey(long irq) => ~irq;

    /// <summary>False if it is earlier than what came before, and nothing must be done.</summary>
    public bool Advance(long nanoseconds)
    {
        if (nanoseconds < now) return false;
        now = nanoseconds;
        if (since == long.MinValue) since = now;
        return true;
    }

    public void IsrEntered(long key, int source, long detail)
    {
        if (depth == MaxNesting)
        {
            // No machine nests as deep: exits are missing.
            entriesWithoutExit += depth;
            depth = 0;
        }
        isrs[depth++] = new Frame(key, source, now, detail, false);
    }

    public void IsrLeft(long key)
    {
        var at = depth - 1;
        while (at >= 0 && isrs[at].Key != key) at--;
        if (at < 0)
        {
            exitsWithoutEntry++;
            return;
        }
        entriesWithoutExit += depth - 1 - at;
        depth = at;
        Tell(IntervalKind.Isr, isrs[at]);
    }

    /// <summary>Its bit in the pending mask is set (kernel/softirq.c, __raise_softirq_irqoff).</summary>
    /// <param name="isInRound">The line says that a round has begun.</param>
    public void SoftirqRaised(int vector, int source, bool isInRound)
    {
        // The mask is taken, interrupts are let in, and only then does the first handler begin.
        if (isInRound && !softirq.IsOpen && batch == 0 && pending != 0) BeginRound();
        var bit = 1u << vector;
        sources[vector] = source;
        sink.Add(new Instant((pending & bit) == 0 ? InstantKind.DpcQueued : InstantKind.DpcCoalesced, number, source, new SimTime(now)));
        pending |= bit;
    }

    public void SoftirqEntered(int vector, int source, bool isThread)
    {
        CloseIsrs();
        CutSoftirq();
        var bit = 1u << vector;
        // The kernel takes the whole mask and serves it in rising order; what is raised meanwhile waits for the next round.
        if ((batch & bit) == 0 || vector <= lastVector) BeginRound();
        if ((batch & bit) == 0) entriesWithoutRaise++;
        batch &= ~bit;
        lastVector = vector;
        softirq = new Frame(vector, source, now, vector, isThread);
    }

    public void SoftirqLeft(int vector)
    {
        CloseIsrs();
        if (tasklet.IsOpen) entriesWithoutExit++;
        tasklet = Frame.None;
        if (softirq.IsOpen && softirq.Key == vector) Tell(softirq.IsThread ? IntervalKind.ThreadedDpc : IntervalKind.Dpc, softirq);
        else
        {
            exitsWithoutEntry++;
            CutSoftirq();
        }
        softirq = Frame.None;
    }

    /// <summary>A tasklet lies inside its softirq, finer.</summary>
    public void TaskletEntered(int source, bool isThread)
    {
        CloseIsrs();
        if (tasklet.IsOpen) entriesWithoutExit++;
        tasklet = new Frame(source, source, now, -1, isThread);
    }

    public void TaskletLeft(int source)
    {
        CloseIsrs();
        if (tasklet.IsOpen && tasklet.Key == source) Tell(tasklet.IsThread ? IntervalKind.ThreadedDpc : IntervalKind.Dpc, tasklet);
        else
        {
            exitsWithoutEntry++;
            if (tasklet.IsOpen) entriesWithoutExit++;
        }
        tasklet = Frame.None;
    }

    /// <summary>sched_switch: from here on another thread runs, if not the idle one.</summary>
    /// <param name="previous">The one that ran until now: of the first switch it has run since this processor's first event.</param>
    public void Switched(int previous, int next)
    {
        if (thread < 0) (thread, switched) = (previous, since);
        if (!isThreadTold && switched < now) sink.Add(new Interval(IntervalKind.Thread, number, thread, new SimTime(switched), new SimTime(now)));
        sink.Add(new Instant(InstantKind.ThreadRuns, number, next, new SimTime(now)));
        (thread, switched, isThreadTold) = (next, now, false);
    }

    /// <summary>Somebody wakes the thread of an interrupt: its work is asked for.</summary>
    public void ThreadWoken(int source) => sink.Add(new Instant(InstantKind.DpcQueued, number, source, new SimTime(now)));

    /// <summary>The thread woken runs elsewhere.</summary>
    public void ThreadMoved(int source) => sink.Add(new Instant(InstantKind.DpcRemoved, number, source, new SimTime(now)));

    /// <summary>The thread of an interrupt gives the processor away: what it did since it got it is what it was woken for.</summary>
    public void ThreadServed()
    {
        if (thread < 0) return;
        sink.Add(new Interval(IntervalKind.ThreadedDpc, number, thread, new SimTime(switched), new SimTime(now)));
        isThreadTold = true;
    }

    /// <summary>
    /// An osnoise line, which comes when its activity has ended. Its duration is net of what nested in it, which has come before: that is
    /// added again, so that the interval reaches to the real end.
    /// </summary>
    public void Noise(IntervalKind kind, int source, long begin, long net, long detail)
    {
        var end = begin + net;
        while (noises > 0 && noise[noises - 1].Begin >= begin)
        {
            noises--;
            end += noise[noises].End - noise[noises].Begin;
        }
        if (noises == MaxNoise)
        {
            noise.AsSpan(MaxNoise / 2).CopyTo(noise);
            noises = MaxNoise / 2;
        }
        noise[noises++] = (begin, end);
        sink.Add(new Interval(kind, number, source, new SimTime(begin), new SimTime(end), detail));
    }

    /// <summary>
    /// Events are missing here: what was open may have ended, what was raised may have run, and another thread may have the processor.
    /// </summary>
    public void Lose()
    {
        thread = -1;
        isThreadTold = false;
        since = long.MinValue;
        CloseIsrs();
        CutSoftirq();
        if (tasklet.IsOpen) entriesWithoutExit++;
        tasklet = Frame.None;
        pending = batch = 0;
        noises = 0;
        lastVector = Softirqs;
    }

    public void Complete()
    {
        Lose();
        if (entriesWithoutExit > 0) report.Skip("entry without exit", entriesWithoutExit);
        if (exitsWithoutEntry > 0) report.Skip("exit without entry", exitsWithoutEntry);
        if (entriesWithoutRaise > 0)
            report.Note($"CPU {number}: {Counted.Of(entriesWithoutRaise, "softirq")} ran whose raising is not in the recording.");
    }

    // A softirq does not run inside a hard interrupt: where one begins or ends, none is open.
    private void CloseIsrs()
    {
        entriesWithoutExit += depth;
        depth = 0;
    }

    // What seemed to be taken and was not served before a round that begins anew was raised when the mask was taken already: it is of the next.
    private void BeginRound()
    {
        batch |= pending;
        pending = 0;
        lastVector = -1;
        for (var mask = batch; mask != 0; mask &= mask - 1)
        {
            var vector = BitOperations.TrailingZeroCount(mask);
            sink.Add(new Instant(InstantKind.DpcTaken, number, sources[vector], new SimTime(now)));
        }
    }

    private void CutSoftirq()
    {
        if (!softirq.IsOpen) return;
        entriesWithoutExit++;
        var kind = softirq.IsThread ? IntervalKind.ThreadedDpc : IntervalKind.Dpc;
        sink.Cut(new Interval(kind, number, softirq.Source, new SimTime(softirq.Begin), new SimTime(now), softirq.Detail));
        softirq = Frame.None;
    }

    private void Tell(IntervalKind kind, in Frame frame) =>
        sink.Add(new Interval(kind, number, frame.Source, new SimTime(frame.Begin), new SimTime(now), frame.Detail));

    private readonly record struct Frame(long Key, int Source, long Begin, long Detail, bool IsThread)
    {
        public static readonly Frame None = new(-1, -1, -1, -1, false);

        public bool IsOpen => Begin >= 0;
    }
}
