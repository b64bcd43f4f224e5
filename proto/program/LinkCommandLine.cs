using System.CommandLine;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;

namespace Pcie.Program;

/// <summary>The options by which either program is told how much patience to have with the other.</summary>
public sealed class LinkCommandLine
{
    private readonly Option<string> keepAlive = TimeOption.Create("--keep-alive",
        "Within this time a silent other side is found, as in 300ms, and its connection given up; 100ms at least.", "1s");
    private readonly Option<string> gracePeriod = TimeOption.Create("--grace-period",
        "How long the session outlives a lost connection, as in 30s; 0: not at all. The shorter of both sides' counts.",
        $"{ReplayOptions.DefaultGracePeriod.TotalSeconds}s");

    /// <param name="command">Gets the options.</param>
    public LinkCommandLine(Command command)
    {
        command.Options.Add(keepAlive);
        command.Options.Add(gracePeriod);
    }

    /// <exception cref="FormatException">It is none, or out of range.</exception>
    public TimeSpan KeepAlive(ParseResult parsed) => TimeOption.Read(parsed, keepAlive, HeartbeatOptions.ShortestKeepAlive, "100ms");

    /// <exception cref="FormatException">It is none, or out of range.</exception>
    public TimeSpan GracePeriod(ParseResult parsed) => TimeOption.Read(parsed, gracePeriod, TimeSpan.Zero, "0");
}
