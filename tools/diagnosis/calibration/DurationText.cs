using System.Globalization;

namespace Pcie.Diagnosis.Calibration;

/// <summary>A time as a scenario has it and a person would write it: four digits, in the unit that makes them few, as in <c>10.03min</c>.</summary>
internal static class DurationText
{
    private static readonly (string Name, long Factor)[] Units =
    [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000), ("min", 60_000_000_000),
        ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ];

    public static string Of(long nanoseconds)
    {
        // 90 s is read more easily than 1.5min, and 100min than 1.667h.
        var (name, factor) = Units.Last(unit => unit.Factor == 1 || nanoseconds >= (unit.Factor >= 60_000_000_000 ? 2 : 1) * unit.Factor);
        var step = 1L;
        while (nanoseconds / step >= 10_000) step *= 10;
        // Of minutes and more, a hundredth is a whole number of nanoseconds as well.
        var value = factor >= 60_000_000_000 ? Math.Round((decimal)nanoseconds / factor, 2)
            : (decimal)((nanoseconds + step / 2) / step * step) / factor;
        return value.ToString("0.#########", CultureInfo.InvariantCulture) + name;
    }
}
