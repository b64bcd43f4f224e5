using System.CommandLine;
using System.Globalization;
using Pcie.Scenario;

namespace Pcie.Program;

/// <summary>Options that are times of the wall clock, as in <c>30s</c>; a number alone is seconds.</summary>
public static class TimeOption
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static Option<string> Create(string name, string description, string byDefault) =>
        new(name) { Description = description, HelpName = "TIME", DefaultValueFactory = _ => byDefault };

    /// <summary>What was given, up to a day.</summary>
    /// <param name="least">As a person would write <paramref name="shortest"/>.</param>
    /// <exception cref="FormatException">It is none, or out of range.</exception>
    public static TimeSpan Read(ParseResult parsed, Option<string> option, TimeSpan shortest, string least)
    {
        var text = parsed.GetRequiredValue(option);
        var withUnit = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _) ? $"{text}s" : text;
        if (!Quantity.Duration.TryParse(withUnit, out var nanoseconds, out var problem))
            throw new FormatException($"{option.Name} is {text}: {problem}; expected {least} to 1d, as in 2s.");
        var time = TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
        return time >= shortest && time <= Longest ? time : throw new FormatException($"{option.Name} is {text}; expected {least} to 1d, as in 2s.");
    }
}
