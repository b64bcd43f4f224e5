using System.Buffers;
using System.Globalization;

namespace Pcie.Scenario;

/// <summary>A number with a unit, such as <c>1.5ms</c> or <c>200 MB/s</c>, as a whole number of the smallest unit.</summary>
public sealed class Quantity
{
    public static readonly Quantity Duration = new(
        "a duration with its unit, such as \"50ms\" (ns, us, ms, s, min, h, d)", "ns",
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("min", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000));

    public static readonly Quantity Bytes = new(
        "a number of bytes, such as 4096 or \"64 KiB\" (B, KiB, MiB, GiB, TiB, kB, MB, GB, TB)", "bytes",
        ("B", 1), ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("TiB", 1L << 40),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000));

    public static readonly Quantity Rate = new(
        "a rate with its unit, such as \"200 MB/s\" (B/s, KiB/s, MiB/s, GiB/s, TiB/s, kB/s, MB/s, GB/s, TB/s)", "bytes per second",
        [.. Bytes.units.Select(unit => ($"{unit.Name}/s", unit.Factor))]);

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private readonly (string Name, long Factor)[] units;
    private readonly string smallest;

    private Quantity(string expected, string smallest, params (string Name, long Factor)[] units)
    {
        Expected = expected;
        this.smallest = smallest;
        this.units = units;
    }

    /// <summary>What to write, for an error.</summary>
    public string Expected { get; }

    /// <summary>The units, the smallest first.</summary>
    public IEnumerable<string> Units => units.Select(unit => unit.Name);

    /// <summary>A value as a file would give it: in the largest unit in which it has at most one digit after the point.</summary>
    public string Format(long value)
    {
        var (name, factor) = units.Where(unit => unit.Factor <= value && (decimal)value * 10 % unit.Factor == 0).DefaultIfEmpty(units[0])
            .MaxBy(unit => unit.Factor);
        return string.Create(CultureInfo.InvariantCulture, $"{(decimal)value / factor:0.#}{(this == Duration ? "" : " ")}{name}");
    }

    /// <summary>Reads a text. The number is decimal, without sign or exponent; a blank may stand before the unit.</summary>
    /// <param name="problem">What is wrong with it; empty if nothing is.</param>
    public bool TryParse(string text, out long value, out string problem)
    {
        value = 0;
        var digits = text.AsSpan().IndexOfAnyExcept(NumberCharacters);
        var number = digits < 0 ? text : text[..digits];
        var unit = digits < 0 ? "" : text[digits..].TrimStart(' ');
        problem = "";
        // A decimal holds 28 digits exactly and would round more.
        if (text.StartsWith('-')) problem = "it is negative";
        else if (number.Length > 28) problem = "it has more digits than can be meant";
        else if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount))
            problem = "it does not begin with a number";
        else if (unit.Length == 0) problem = "it has no unit";
        else if (Array.Find(units, u => u.Name == unit) is not { Name: not null } found) problem = $"there is no unit \"{unit}\"";
        else if (amount > (decimal)long.MaxValue / found.Factor) problem = "it is too large";
        else if (amount * found.Factor % 1 != 0) problem = $"it does not come out to whole {smallest}";
        else value = (long)(amount * found.Factor);
        return problem.Length == 0;
    }
}
