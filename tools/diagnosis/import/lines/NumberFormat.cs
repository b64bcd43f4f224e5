using System.Globalization;

namespace Pcie.Diagnosis.Import.Lines;

/// <summary>
/// How a report or table writes its numbers: which sign stands before the decimals is decided by all of them together, as <c>5,998</c> alone may
/// be nearly six or nearly six thousand.
/// </summary>
internal sealed class NumberFormat
{
    private const string Blanks = " \u00a0\u2009\u202f'\u2019_";

    // Null where each number tells it.
    private readonly char? decimalSign;

    private NumberFormat(char? decimalSign, string? either = null) => (this.decimalSign, Undecided) = (decimalSign, either);

    /// <summary>A number that may be read either way, if none of them tells how it is meant: decimals are taken to stand after a point.</summary>
    public string? Undecided { get; }

    /// <summary>What is said of it.</summary>
    public static string NoteOf(string undecided) => $"No number tells which sign stands before decimals ({undecided}): they are taken to stand "
        + "after a point.";

    /// <exception cref="InvalidDataException">One number says a point and another a comma, and a third may be either.</exception>
    public static NumberFormat Of(IEnumerable<string> numbers)
    {
        string? point = null, comma = null, either = null;
        foreach (var number in numbers)
        {
            if (DecimalSignOf(number) is not { } sign) either ??= number.Any(c => c is '.' or ',') && number.All(IsOfNumber) ? number : null;
            else if (sign == '.') point ??= number;
            else comma ??= number;
        }
        if (point is null || comma is null) return new NumberFormat(comma is null ? '.' : ',', point is null && comma is null ? either : null);
        return either is null ? new NumberFormat(null) : throw new InvalidDataException(
            $"The numbers contradict each other: in {point} the decimals stand after a point, in {comma} after a comma, and {either} may be "
            + "read either way. Expected one report, as it was written.");
    }

    public bool TryParse(string text, out decimal number)
    {
        number = 0;
        text = text.Trim();
        if (text.Length == 0 || text.Any(c => !IsOfNumber(c)) || !char.IsAsciiDigit(text[0])) return false;
        var parts = text.Split(decimalSign ?? DecimalSignOf(text) ?? '.');
        if (parts.Length > 2 || (parts.Length == 2 && !(parts[1].Length > 0 && parts[1].All(char.IsAsciiDigit)))) return false;
        var groups = parts[0].Split([.. Blanks, '.', ',']);
        if (groups.Length > 1 && !IsOfThousands(groups)) return false;
        return decimal.TryParse(string.Concat(groups) + (parts.Length == 2 ? "." + parts[1] : ""), NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out number);
    }

    // A first group of up to three digits, and all others of three; or, in India, all but the last of two.
    private static bool IsOfThousands(string[] groups) => groups[0].Length is 1 or 2 or 3 && groups[^1].Length == 3
        && (groups[1..^1].All(group => group.Length == 3) || (groups[0].Length < 3 && groups[1..^1].All(group => group.Length == 2)));

    // Null where the number does not tell.
    private static char? DecimalSignOf(string number)
    {
        number = number.Trim();
        if (number.Any(c => !IsOfNumber(c))) return null;
        var (points, commas) = (number.Count(c => c == '.'), number.Count(c => c == ','));
        if (points > 0 && commas > 0) return number.LastIndexOf('.') > number.LastIndexOf(',') ? '.' : ',';
        if (points + commas == 0) return null;
        var sign = points > 0 ? '.' : ',';
        var other = sign == '.' ? ',' : '.';
        if (points + commas > 1) return other;
        var at = number.IndexOf(sign, StringComparison.Ordinal);
        var isGroup = number.Length - at - 1 == 3 && at is >= 1 and <= 3 && number[0] != '0';
        return isGroup ? null : sign;
    }

    private static bool IsOfNumber(char c) => char.IsAsciiDigit(c) || c is '.' or ',' || Blanks.Contains(c, StringComparison.Ordinal);
}
