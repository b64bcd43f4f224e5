namespace Pcie.Ui.Watching;

/// <summary>All of a run in so many points: when there are more, each two become one.</summary>
public sealed class History
{
    /// <summary>More than a screen has columns.</summary>
    public const int MostPoints = 1024;

    private readonly Lock gate = new();
    private readonly List<HistoryPoint> points = [];
    private HistoryPoint? waiting;
    private int stride = 1, gathered, generation;

    /// <summary>What was there is of another run.</summary>
    public void Clear()
    {
        lock (gate)
        {
            points.Clear();
            (waiting, stride, gathered) = (null, 1, 0);
            generation++;
        }
    }

    public void Add(HistoryPoint point)
    {
        lock (gate)
        {
            waiting = waiting is { } before ? HistoryPoint.Join(before, point) : point;
            if (++gathered < stride) return;
            points.Add(waiting.Value);
            (waiting, gathered) = (null, 0);
            if (points.Count < MostPoints) return;
            for (var i = 0; i < MostPoints / 2; i++) points[i] = HistoryPoint.Join(points[2 * i], points[2 * i + 1]);
            points.RemoveRange(MostPoints / 2, MostPoints / 2);
            stride *= 2;
            generation++;
        }
    }

    /// <summary>The points that a viewer does not have.</summary>
    /// <param name="seen">What he has: generation and number of points. Brought up to date.</param>
    /// <param name="isAnew">Whether what he has is to be forgotten.</param>
    public IReadOnlyList<HistoryPoint> Since(ref (int Generation, int Count) seen, out bool isAnew)
    {
        lock (gate)
        {
            isAnew = seen.Generation != generation || seen.Count == 0;
            var first = isAnew ? 0 : seen.Count;
            seen = (generation, points.Count);
            return points.GetRange(first, points.Count - first);
        }
    }
}
