namespace Pcie.Scenario;

/// <summary>A key of a scenario with another value.</summary>
/// <param name="Key">Dotted, from the top of the file: <c>driver.ring-slots</c>.</param>
/// <param name="Value">As TOML writes it: <c>4</c>, <c>"high"</c>.</param>
public sealed record ScenarioChange(string Key, string Value)
{
    private const string Expectations = "expect.";

    /// <summary>Reads <c>KEY=VALUE</c>; quotes around a text may be left out.</summary>
    /// <exception cref="FormatException">It is not of that form.</exception>
    public static ScenarioChange Parse(string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = at < 0 ? ("", "") : (text[..at].Trim(), text[(at + 1)..].Trim());
        if (key.Length == 0 || value.Length == 0 || !key.Contains('.', StringComparison.Ordinal))
            throw new FormatException($"'{text}' is no change; expected TABLE.KEY=VALUE, as in driver.ring-slots=4.");
        // What is expected of has dots in its name, which TOML wants in quotation marks, and a shell takes away.
        if (key.StartsWith(Expectations, StringComparison.Ordinal) && key[Expectations.Length..] is var figure
            && !figure.Contains('"', StringComparison.Ordinal))
            key = $"{Expectations}\"{figure}\"";
        var isBare = value is "true" or "false" || "0123456789+-\"'[{".Contains(value[0], StringComparison.Ordinal) && !IsQuantity(value);
        return new ScenarioChange(key, isBare ? value : $"\"{value}\"");
    }

    public override string ToString() => $"{Key} = {Value}";

    // "4ms" is a text in TOML.
    private static bool IsQuantity(string value) => char.IsAsciiDigit(value[0]) && char.IsAsciiLetter(value[^1]);
}
