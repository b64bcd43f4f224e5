using System.CommandLine;
using System.Globalization;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Scenario;

namespace Pcie.Program;

/// <summary>The options by which either program is told how much patience to have with the other.</summary>
public sealed class LinkCommandLine
{
    private readonly Option<string> keepAlive = new("--keep-alive")
    {
        Description = "Within this time a silent other side is found, as in 300ms, and its connection given up; 100ms at least.",
        HelpName = "TIME", DefaultValueFactory = _ => "1s",
    };
    private readonly Option<string> gracePeriod = new("--grace-period")
    {
        Description = "How long the session outlives a lost connection, as in 30s; 0: not at all. The shorter of both sides' counts.",
        HelpName = "TIME", DefaultValueFactory = _ => $"{ReplayOptions.DefaultGracePeriod.TotalSeconds}s",
    };

    /// <param name="command">Gets the options.</param>
    public LinkCommandLine(Command command)
    {
        command.Options.Add(keepAlive);
        command.Options.Add(gracePeriod);
    }

    /// <exception cref="FormatException">It is none, or out of range.</exception>
    public TimeSpan KeepAlive(ParseResult parsed) => Read(parsed, keepAlive, HeartbeatOptions.ShortestKeepAlive, "100ms");

    /// <exception cref="FormatException">It is none, or out of range.</exception>
    public TimeSpan GracePeriod(ParseResult parsed) => Read(parsed, gracePeriod, TimeSpan.Zero, "0");

    // A number alone is seconds.
    private static TimeSpan Read(ParseResult parsed, Option<string> option, TimeSpan shortest, string named)
    {
        var text = parsed.GetRequiredValue(option);
        var withUnit = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _) ? $"{text}s" : text;
        if (!Quantity.Duration.TryParse(withUnit, out var nanoseconds, out var problem))
            throw new FormatException($"{option.Name} is {text}: {problem}; expected {named} to 1d, as in 2s.");
        var time = TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
        return time >= shortest && time <= HeartbeatOptions.LongestKeepAlive
            ? time
            : throw new FormatException($"{option.Name} is {text}; expected {named} to 1d, as in 2s.");
    }
}
