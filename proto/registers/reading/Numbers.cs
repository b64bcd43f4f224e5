using System.Globalization;

namespace Pcie.Registers.Reading;

/// <summary>Numbers of 64 bits, as the formats write them.</summary>
internal static class Numbers
{
    /// <summary>10, 0x1F, 8'hFF, 'b1_0. Of a width that is stated the value has to fit.</summary>
    public static bool TryVerilog(string text, out ulong value)
    {
        value = 0;
        var tick = text.IndexOf('\'', StringComparison.Ordinal);
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        if (tick < 0)
            return digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? TryDigits(digits.AsSpan(2), 16, out value)
                : TryDigits(digits, 10, out value);
        tick = digits.IndexOf('\'', StringComparison.Ordinal);
        var radix = tick + 1 < digits.Length ? char.ToLowerInvariant(digits[tick + 1]) switch { 'h' => 16, 'd' => 10, 'o' => 8, 'b' => 2, _ => 0 }
            : 0;
        if (radix == 0 || !TryDigits(digits.AsSpan(tick + 2), radix, out value)) return false;
        if (tick == 0) return true;
        return int.TryParse(digits.AsSpan(0, tick), NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width is > 0 and <= 64
            && value <= ulong.MaxValue >> (64 - width);
    }

    /// <summary>10, 0x1F or 0b10, and 1_000.</summary>
    public static bool TryPlain(string text, out ulong value)
    {
        var digits = text.Trim().Replace("_", "", StringComparison.Ordinal);
        return digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? TryDigits(digits.AsSpan(2), 16, out value)
            : digits.StartsWith("0b", StringComparison.OrdinalIgnoreCase) ? TryDigits(digits.AsSpan(2), 2, out value)
            : TryDigits(digits, 10, out value);
    }

    /// <summary>A scaledNonNegativeInteger of CMSIS-SVD and of the older IP-XACT: +10, 0x1F, #101, 4k.</summary>
    public static bool TryScaled(string text, out ulong value)
    {
        var digits = text.Trim().TrimStart('+');
        var shift = 0;
        if (digits.Length > 1 && "kmgt".IndexOf(char.ToLowerInvariant(digits[^1]), StringComparison.Ordinal) is var scale and >= 0)
        {
            shift = 10 * (scale + 1);
            digits = digits[..^1];
        }
        var known = digits.StartsWith('#') ? TryDigits(digits.AsSpan(1), 2, out value) : TryPlain(digits, out value);
        if (!known || value > ulong.MaxValue >> shift) return false;
        value <<= shift;
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> digits, int radix, out ulong value)
    {
        value = 0;
        if (digits.Length is 0 or > 80) return false;
        foreach (var c in digits)
        {
            var digit = c switch
            {
                >= '0' and <= '9' => c - '0', >= 'a' and <= 'f' => c - 'a' + 10, >= 'A' and <= 'F' => c - 'A' + 10, _ => 99,
            };
            if (digit >= radix || value > (ulong.MaxValue - (ulong)digit) / (ulong)radix) return false;
            value = value * (ulong)radix + (ulong)digit;
        }
        return true;
    }
}
