using Pcie.Time;

namespace Pcie.Diagnosis.Report;

/// <summary>From simulated time to places on a picture, with a few round times marked.</summary>
internal sealed class TimeAxis(SimTime from, SimTime to, double left, double width)
{
    private const int MostMarks = 8;

    private readonly double length = Math.Max(1, (to - from).Nanoseconds);

    /// <summary>Where a time is; those outside are at the edge.</summary>
    public double At(SimTime time) => left + width * Math.Clamp((time - from).Nanoseconds / length, 0, 1);

    /// <summary>Since the beginning, at steps of 1, 2 or 5 times a power of ten.</summary>
    public IEnumerable<(double X, Duration Since)> Marks()
    {
        var step = 1L;
        for (var i = 0; length / step > MostMarks; i++) step = i % 3 == 1 ? step / 2 * 5 : step * 2;
        for (var at = 0L; at <= length; at += step) yield return (left + width * at / length, new Duration(at));
    }
}
