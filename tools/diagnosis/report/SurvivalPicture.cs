using System.Globalization;
using System.Text;
using Pcie.Diagnosis.Machine;
using Pcie.Diagnosis.Validation;
using Pcie.Time;

namespace Pcie.Diagnosis.Report;

/// <summary>Which share of the waits is longer than so long, measured and predicted; both axes logarithmic, since the few long ones matter.</summary>
internal static class SurvivalPicture
{
    private const double Left = 90, Width = 860, Height = 200, Top = 12;

    public static Html Of(WaitComparison source)
    {
        var longest = Math.Max(10.0, Math.Max(source.Measured.Max.Nanoseconds, source.Predicted.Max.Nanoseconds));
        var shortest = Math.Clamp(source.Resolution.Nanoseconds / 2.0, 1, longest / 10);
        var least = 1.0 / Math.Max(10, Math.Max(source.Measured.Count, source.Predicted.Count));
        double X(double ns) => Left + Width * Math.Log10(Math.Max(ns, shortest) / shortest) / Math.Log10(longest / shortest);
        double Y(double share) => Top + Height * Math.Log10(Math.Max(share, least)) / Math.Log10(least);
        var svg = new Html().Add($"<svg viewBox='0 0 {Left + Width + 10} {Top + Height + 34}' role='img' aria-label='Share of longer waits'>");
        for (var share = 1.0; share >= least; share /= 10)
            svg.Add($"<line class='grid' x1='{Left}' x2='{Left + Width}' y1='{Y(share)}' y2='{Y(share)}'/>")
                .Add($"<text class='mark' x='{Left - 6}' y='{Y(share) + 4}' text-anchor='end'>{share:0.######}</text>");
        for (var ns = Math.Pow(10, Math.Ceiling(Math.Log10(shortest))); ns <= longest; ns *= 10)
            svg.Add($"<line class='tick' x1='{X(ns)}' x2='{X(ns)}' y1='{Top + Height}' y2='{Top + Height + 4}'/>")
                .Add($"<text class='mark' x='{X(ns)}' y='{Top + Height + 18}' text-anchor='middle'>{new Duration((long)Math.Round(ns))}</text>");
        return svg.Add(Line(source.Measured, "isr", "measured", X, Y)).Add(Line(source.Predicted, "dpc", "predicted", X, Y)).Add($"</svg>");
    }

    private static Html Line(TimeCounts sample, string kind, string what, Func<double, double> x, Func<double, double> y)
    {
        if (sample.Count == 0) return new Html();
        var (points, left) = (new StringBuilder(), sample.Count);
        foreach (var (from, count) in sample.StepsFrom)
        {
            Add(from.Nanoseconds, left);
            Add(from.Nanoseconds, left -= count);
        }
        return new Html().Add($"<polyline fill='none' style='stroke:var(--{kind})' stroke-width='1.5' points='{points.ToString()}'>")
            .Add($"<title>{what}</title></polyline>");

        void Add(double nanoseconds, long longer) => points.Append(
            CultureInfo.InvariantCulture, $"{x(nanoseconds):0.#},{y((double)longer / sample.Count):0.#} ");
    }
}
