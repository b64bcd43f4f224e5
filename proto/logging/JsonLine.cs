using NLog.Layouts;

namespace Pcie.Logging;

/// <summary>A line of the log as a JSON object. Whatever a message says is within its string, and not longer than in a line of text.</summary>
internal static class JsonLine
{
    public static JsonLayout Create() => new()
    {
        Attributes =
        {
            new JsonAttribute("time", "${date:universalTime=true:format=o}"),
            new JsonAttribute("level", "${level:lowercase=true}"),
            new JsonAttribute("logger", "${logger}"),
            new JsonAttribute("message", Layout.FromMethod(e => Cut(e.FormattedMessage ?? "", LogLine.LongestMessage))),
            new JsonAttribute("exception", Layout.FromMethod(e => Cut(e.Exception?.ToString() ?? "", LogLine.LongestException))),
        },
    };

    private static string Cut(string text, int longest) => text.Length <= longest ? text : text[..longest];
}
