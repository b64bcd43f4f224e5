using System.Globalization;
using System.Text;
using NLog;
using Pcie.Files;

namespace Pcie.Logging;

/// <summary>
/// A line of the log. Whatever a message says, and whoever said it first, it is one line and not longer than a screen: the lines of a log are ours.
/// </summary>
internal static class LogLine
{
    public const int LongestMessage = 2_000, LongestException = 20_000;

    public static string Of(LogEventInfo e)
    {
        var line = new StringBuilder(200);
        line.Append(CultureInfo.InvariantCulture, $"{e.TimeStamp.ToUniversalTime():yyyy-MM-dd HH:mm:ss.fff} {e.Level.Name.ToUpperInvariant(),-5} ");
        line.Append(PrintableText.Of(e.LoggerName)).Append(": ");
        line.Append(PrintableText.Of(e.FormattedMessage ?? "", LongestMessage));
        if (e.Exception is null) return line.ToString();
        // A stack has lines of its own; the words in front of it are of anybody.
        var exception = e.Exception.ToString();
        exception = exception[..Math.Min(exception.Length, LongestException)].ReplaceLineEndings("\n");
        line.Append(' ').AppendJoin(Environment.NewLine, exception.Split('\n')
            .Select((part, number) => number == 0 ? PrintableText.Of(part) : $"    {PrintableText.Of(part.TrimStart(), LongestMessage)}"));
        return line.ToString();
    }
}
