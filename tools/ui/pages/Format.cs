using System.Globalization;

namespace Pcie.Ui.Pages;

/// <summary>Numbers as the page writes them.</summary>
internal static class Format
{
    private const double Micro = 1e3, Milli = 1e6, Second = 1e9;

    public static string Count(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A rate: three figures are enough.</summary>
    public static string Rate(double? value) => value is not { } rate ? "–" : rate >= 1e6 ? Text(rate / 1e6, " M")
        : rate >= 1e4 ? Text(rate / 1e3, " k") : rate >= 100 ? Count(rate) : Text(rate, "");

    /// <summary>A duration in the unit that fits it.</summary>
    public static string Time(double ns) => ns >= Second ? Text(ns / Second, " s") : ns >= Milli ? Text(ns / Milli, " ms") : ns >= Micro
        ? Text(ns / Micro, " µs") : Text(ns, " ns");

    /// <summary>Simulated time, as a clock shows it.</summary>
    public static string Clock(long ns)
    {
        var seconds = ns / 1_000_000_000;
        return string.Create(CultureInfo.InvariantCulture,
            $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}.{ns / 1_000_000 % 1000:000}");
    }

    /// <summary>The same with all its digits.</summary>
    public static string Precise(long ns) => string.Create(CultureInfo.InvariantCulture, $"{Clock(ns)}{ns % 1_000_000:000000}");

    public static string Hex(ulong value, int bits = 32) => "0x" + value.ToString($"x{(bits + 3) / 4}", CultureInfo.InvariantCulture);

    /// <summary>A number as <c>emu poke</c> takes it.</summary>
    public static bool TryParse(string? text, out ulong value)
    {
        text = text?.Trim().Replace("_", "", StringComparison.Ordinal) ?? "";
        return text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Where a line of a table goes on that is too long: below its last column, unless that is far to the right.</summary>
    public static int LastColumn(string line)
    {
        var begin = line.LastIndexOf("  ", StringComparison.Ordinal) + 2;
        return begin is > 1 and <= 40 ? begin : line.Length - line.TrimStart().Length;
    }

    private static string Text(double value, string unit) =>
        value.ToString(value >= 100 ? "0" : value >= 10 ? "0.0" : value == Math.Floor(value) ? "0" : "0.00", CultureInfo.InvariantCulture) + unit;
}
