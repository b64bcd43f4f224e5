using NLog;

namespace Pcie.Logging;

/// <summary>What a program logs and where to. The same for all programs; the command line is its only source.</summary>
/// <param name="Level">What is logged of categories that are not named.</param>
/// <param name="Categories">Levels by category; a category covers those below it, <c>Pcie.Emulator</c> also <c>Pcie.Emulator.Daq</c>.</param>
/// <param name="File">Also written to, besides standard error; null for none.</param>
/// <param name="Format">Of the lines, in both places.</param>
public sealed record LogOptions(
    LogLevel Level, IReadOnlyDictionary<string, LogLevel> Categories, string? File, LogFormat Format = LogFormat.Text)
{
    private const string Levels = "expected trace, debug, info, warn, error, fatal or off";

    /// <summary>From the words of a command line.</summary>
    /// <param name="categories">Each <c>Category=Level</c>.</param>
    /// <exception cref="FormatException">One of them is not understood; the text says which and what was expected.</exception>
    public static LogOptions Parse(string level, IEnumerable<string> categories, string? file, LogFormat format = LogFormat.Text)
    {
        var byCategory = new Dictionary<string, LogLevel>();
        foreach (var pair in categories)
        {
            var equals = pair.IndexOf('=');
            if (equals < 1)
                throw new FormatException(
                    $"'{pair}' is no log category with a level; expected Category=Level, as in Pcie.Link=debug.");
            byCategory[pair[..equals]] = ParseLevel(pair[(equals + 1)..]);
        }
        return new LogOptions(ParseLevel(level), byCategory, file, format);
    }

    private static LogLevel ParseLevel(string text) =>
        LogLevel.AllLevels.FirstOrDefault(level => level.Name.Equals(text, StringComparison.OrdinalIgnoreCase))
        ?? throw new FormatException($"'{text}' is no log level; {Levels}.");
}
