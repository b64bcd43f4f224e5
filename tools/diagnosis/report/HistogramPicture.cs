using Pcie.Time;

namespace Pcie.Diagnosis.Report;

/// <summary>
/// How often the DPC waited how long: both axes logarithmic, since it is the few long waits that matter; with the deadline drawn in.
/// </summary>
internal static class HistogramPicture
{
    private const double Left = 90, Width = 860, Height = 200, Top = 12;
    private const double BarsPerDecade = 10;

    /// <param name="counts">How many waited up to so long, and longer than the entry before.</param>
    /// <param name="deadline">How long the DMA buffer lasts; zero if it is not known.</param>
    public static Html Of(IReadOnlyList<(Duration UpTo, long Count)> counts, Duration deadline)
    {
        var bars = new SortedDictionary<int, long>();
        foreach (var (upTo, count) in counts) bars[Bar(upTo)] = bars.GetValueOrDefault(Bar(upTo)) + count;
        var (first, last) = (bars.Keys.First(), Math.Max(bars.Keys.Last(), deadline == Duration.Zero ? 0 : Bar(deadline)) + 1);
        var most = Math.Log10(Math.Max(10, bars.Values.Max())) + 0.1;
        double X(double bar) => Left + Width * (bar - first) / Math.Max(1, last - first);
        double Y(double count) => Top + Height - Height * (count <= 0 ? 0 : (Math.Log10(count) + 0.1) / most);
        var svg = new Html().BeginPicture(Left + Width + 10, Top + Height + 34, "Histogram of waits");
        for (var decade = 0; decade < most; decade++)
        {
            var y = Y(Math.Pow(10, decade));
            svg.Add($"<line class='grid' x1='{Left}' x2='{Left + Width}' y1='{y}' y2='{y}'/>")
                .Add($"<text class='mark' x='{Left - 6}' y='{y + 4}' text-anchor='end'>{(long)Math.Pow(10, decade):#,0}</text>");
        }
        foreach (var (bar, count) in bars)
            svg.Add($"<rect class='dpc' x='{X(bar)}' y='{Y(count)}' width='{X(bar + 0.9) - X(bar)}' height='{Top + Height - Y(count)}'>")
                .Add($"<title>{count:#,0} up to {Limit(bar + 1)}</title></rect>");
        for (var bar = (int)(Math.Ceiling(first / BarsPerDecade) * BarsPerDecade); bar <= last; bar += (int)BarsPerDecade)
            svg.Add($"<line class='tick' x1='{X(bar)}' x2='{X(bar)}' y1='{Top + Height}' y2='{Top + Height + 4}'/>")
                .Add($"<text class='mark' x='{X(bar)}' y='{Top + Height + 18}' ")
                    .Add($"text-anchor='{TimeAxis.AnchorAt(X(bar), Left + Width)}'>{Limit(bar)}</text>");
        if (deadline > Duration.Zero)
        {
            var x = X(BarsPerDecade * Math.Log10(deadline.Nanoseconds));
            svg.Add($"<line class='bad' x1='{x}' x2='{x}' y1='{Top}' y2='{Top + Height}'/>")
                .Add($"<text class='mark' x='{x - 4}' y='{Top + 10}' text-anchor='end'>the buffer lasts {deadline}</text>");
        }
        return svg.EndPicture();
    }

    private static int Bar(Duration wait) => (int)Math.Floor(BarsPerDecade * Math.Log10(Math.Max(1, wait.Nanoseconds)));

    private static Duration Limit(int bar) => new((long)Math.Round(Math.Pow(10, bar / BarsPerDecade)));
}
