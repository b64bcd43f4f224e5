using Pcie.Time;

namespace Pcie.Diagnosis.Report;

/// <summary>From simulated time to places on a picture, with a few round times marked, which count from what the picture is about.</summary>
/// <param name="zero">Between <paramref name="from"/> and <paramref name="to"/>.</param>
internal sealed class TimeAxis(SimTime from, SimTime to, SimTime zero, double left, double width)
{
    private const int MaxMarks = 8;

    // Half of a long label.
    private const double Margin = 30;

    private readonly double length = Math.Max(1, (to - from).Nanoseconds);

    /// <summary>Where a time is; those outside are at the edge.</summary>
    public double At(SimTime time) => left + width * Math.Clamp((time - from).Nanoseconds / length, 0, 1);

    /// <summary>Which part of a label stands at its mark, so that the last one is not cut off at the picture's edge.</summary>
    public static string AnchorAt(double x, double right) => x > right - Margin ? "end" : "middle";

    /// <summary>At steps of 1, 2 or 5 times a power of ten from zero, both ways.</summary>
    public IEnumerable<(double X, string Since)> Marks()
    {
        var step = 1L;
        for (var i = 0; length / step > MaxMarks; i++) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
        for (var at = (from - zero).Nanoseconds / step * step; at <= (to - zero).Nanoseconds; at += step)
            yield return (At(zero + new Duration(at)), at > 0 ? $"+{new Duration(at)}" : at < 0 ? new Duration(at).ToString() : "0");
    }
}
