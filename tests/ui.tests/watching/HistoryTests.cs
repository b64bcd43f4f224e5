using Pcie.Ui.Watching;

namespace Pcie.Ui.Tests.Watching;

/// <summary>A run of any length in so many points.</summary>
public sealed class HistoryTests
{
    [Fact]
    public void NeverMorePointsThanAScreenHasAndNoLongestWaitIsLost()
    {
        var history = new History();
        for (var i = 1; i <= 100_000; i++) history.Add(PointAt(i) with { Longest = i == 4711 ? 60e6 : 500, Lost = i == 4711 ? 1 : 0 });
        (int, int) seen = default;

        var points = history.Since(ref seen, out var isAnew);

        Assert.True(isAnew);
        Assert.InRange(points.Count, History.MostPoints / 2, History.MostPoints);
        Assert.Equal(60e6, points.Max(point => point.Longest));
        Assert.Equal(1, points.Sum(point => point.Lost));
        Assert.Equal(points.Select(point => point.Seconds).Order(), points.Select(point => point.Seconds));
    }

    [Fact]
    public void AViewerGetsWhatHeDoesNotHaveAndAllOfItAfterPointsWereJoined()
    {
        var history = new History();
        (int, int) seen = default;
        history.Add(PointAt(1));
        history.Since(ref seen, out _);
        history.Add(PointAt(2));

        Assert.Equal(2, Assert.Single(history.Since(ref seen, out var isAnew)).Seconds);
        Assert.False(isAnew);
        for (var i = 3; i <= History.MostPoints; i++) history.Add(PointAt(i));
        Assert.Equal(History.MostPoints / 2, history.Since(ref seen, out isAnew).Count);
        Assert.True(isAnew);
    }

    [Fact]
    public void AnotherRunBeginsAnew()
    {
        var history = new History();
        history.Add(PointAt(1));
        (int, int) seen = default;
        history.Since(ref seen, out _);
        history.Clear();
        history.Add(PointAt(0.5));

        Assert.Equal(0.5, Assert.Single(history.Since(ref seen, out var isAnew)).Seconds);
        Assert.True(isAnew);
    }

    private static HistoryPoint PointAt(double seconds) => new(seconds, null, null, 1, 1, 1, 0);
}
