using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Perfetto;

/// <summary>
/// Puts one processor's intervals in the order in which they began, as slices that nest. Intervals are told when they end, the outer after the
/// inner, so the last few are held back until no outer one of theirs is likely to come.
/// </summary>
internal sealed class ProcessorLane(PerfettoTrack track)
{
    private const int MaxHeld = 8192;

    private readonly List<Mark> held = [];
    private readonly Stack<SimTime> open = new();
    private SimTime last;

    /// <summary>Slices that were cut because they overlapped another without lying in it, or began before what had been written.</summary>
    public long Cut { get; private set; }

    public void Add(in Mark mark)
    {
        if (held.Count == MaxHeld) WriteSettled();
        held.Add(mark);
    }

    /// <summary>Nothing told from now on encloses what was told before.</summary>
    public void Flush()
    {
        Write(held);
        held.Clear();
        Close(SimTime.Never, inclusive: true);
    }

    // Of the older half, what no interval of the newer half encloses. If that is little, one encloses nearly all, and has to be cut.
    private void WriteSettled()
    {
        var settled = SimTime.Never;
        for (var i = MaxHeld / 2; i < held.Count; i++) settled = SimTime.Min(settled, held[i].Begin);
        var ready = held.Take(MaxHeld / 2).Where(mark => mark.End <= settled).ToList();
        if (ready.Count < MaxHeld / 16)
        {
            Write(held[..(MaxHeld / 2)]);
            held.RemoveRange(0, MaxHeld / 2);
            return;
        }
        Write(ready);
        var place = 0;
        held.RemoveAll(mark => place++ < MaxHeld / 2 && mark.End <= settled);
    }

    // The outer before the inner; an instant before what begins at the same moment, which may be what it asked for. The sort must be stable.
    private void Write(List<Mark> ready)
    {
        foreach (var mark in ready.OrderBy(m => m.Begin).ThenBy(m => !m.IsInstant).ThenByDescending(m => m.End).ThenBy(m => m.Kind)) Write(mark);
    }

    private void Write(in Mark mark)
    {
        var begin = mark.Begin < last ? last : mark.Begin;
        var end = mark.End < begin ? begin : mark.End;
        Close(begin, inclusive: !mark.IsInstant);
        last = begin;
        if (mark.IsInstant)
        {
            track.Instant(begin, mark.Category, mark.Name, null, mark.Flows);
            return;
        }
        if (open.TryPeek(out var outer) && end > outer) end = outer;
        if (begin != mark.Begin || end != mark.End) Cut++;
        track.Begin(begin, mark.Category, mark.Name, default, mark.Flows);
        open.Push(end);
    }

    private void Close(SimTime at, bool inclusive)
    {
        while (open.TryPeek(out var end) && (inclusive ? end <= at : end < at))
        {
            track.End(end);
            last = end;
            open.Pop();
        }
    }

    /// <summary>A slice, or an instant, which has no interval's kind.</summary>
    /// <param name="Flows">Arrows: of an instant, those that begin; of a slice, those that end.</param>
    public readonly record struct Mark(IntervalKind? Kind, SimTime Begin, SimTime End, string Category, string Name, ulong[] Flows)
    {
        public bool IsInstant => Kind is null;

        public static Mark Slice(in Interval interval, string category, string name, ulong[] endingFlows) =>
            new(interval.Kind, interval.Begin, interval.End, category, name, endingFlows);

        public static Mark Instant(SimTime at, string category, string name, ulong[] beginningFlows) =>
            new(null, at, at, category, name, beginningFlows);
    }
}
