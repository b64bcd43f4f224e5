using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Attribution;

/// <summary>
/// Shares a stretch of one processor's time out among the intervals that lie over it, each nanosecond to exactly one: the innermost, which
/// is the one that began last, or of those that began together the one that pushes the other aside.
/// </summary>
public static class ExclusiveSweep
{
    /// <summary>Adds to each interval's credit what it had of the window for itself.</summary>
    /// <param name="intervals">By <see cref="Order"/>. They may lie outside the window, and need not nest.</param>
    /// <param name="begin">Of the window, in nanoseconds.</param>
    /// <param name="end">Not before <paramref name="begin"/>.</param>
    /// <param name="credits">One for each interval.</param>
    /// <returns>What of the window no interval covers; it and the credits sum to the window.</returns>
    public static long Credit(ReadOnlySpan<Interval> intervals, long begin, long end, Span<long> credits)
    {
        var open = new Stack<int>();
        var uncovered = 0L;
        var now = begin;
        for (var i = 0; i < intervals.Length; i++)
        {
            now = Advance(intervals, now, Math.Min(intervals[i].Begin.Nanoseconds, end), open, credits, ref uncovered);
            if (intervals[i].End.Nanoseconds > now) open.Push(i);
        }
        Advance(intervals, now, end, open, credits, ref uncovered);
        return uncovered;
    }

    /// <summary>By beginning; at one time the one pushed aside first, and of a kind the one that lasts longer: in it lies the other.</summary>
    public static int Order(Interval a, Interval b)
    {
        var order = a.Begin.Nanoseconds.CompareTo(b.Begin.Nanoseconds);
        if (order == 0) order = a.Kind.CompareTo(b.Kind);
        if (order == 0) order = b.End.Nanoseconds.CompareTo(a.End.Nanoseconds);
        return order != 0 ? order : a.Source.CompareTo(b.Source);
    }

    private static long Advance(ReadOnlySpan<Interval> intervals, long now, long to, Stack<int> open, Span<long> credits, ref long uncovered)
    {
        while (now < to)
        {
            // One that ended while another lay over it is found here, when that other has ended too.
            while (open.TryPeek(out var ended) && intervals[ended].End.Nanoseconds <= now) open.Pop();
            if (!open.TryPeek(out var top))
            {
                uncovered += to - now;
                return to;
            }
            var until = Math.Min(intervals[top].End.Nanoseconds, to);
            credits[top] += until - now;
            now = until;
        }
        return now;
    }
}
