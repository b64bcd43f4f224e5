namespace Pcie.Link.Grpc.Carriers;

/// <summary>How each side of a session finds out that the other one is silent.</summary>
/// <param name="KeepAlive">This side gives up a connection on which it hears nothing for so long.</param>
/// <param name="PeerKeepAlive">So does the other side.</param>
public sealed record HeartbeatOptions(TimeSpan KeepAlive, TimeSpan PeerKeepAlive)
{
    /// <summary>The name of the capability, as in link.proto.</summary>
    public const string Capability = "heartbeat";

    public static readonly TimeSpan DefaultKeepAlive = TimeSpan.FromSeconds(1);

    /// <summary>Less than this, a machine that is merely busy would be silent.</summary>
    public static readonly TimeSpan ShortestKeepAlive = TimeSpan.FromMilliseconds(100);

    public static readonly TimeSpan LongestKeepAlive = TimeSpan.FromDays(1);

    /// <summary>How often this side speaks, though it has nothing to say: a quarter of the peer's limit, so that a heartbeat may be late.</summary>
    public TimeSpan Interval => PeerKeepAlive / 4;

    /// <summary>What is wrong with a keep-alive that the other side states in its hello; null if nothing is.</summary>
    public static string? WrongWith(uint milliseconds) =>
        milliseconds >= ShortestKeepAlive.TotalMilliseconds && milliseconds <= LongestKeepAlive.TotalMilliseconds
            ? null
            : $"keep_alive_ms is {milliseconds}; heartbeat needs {ShortestKeepAlive.TotalMilliseconds} to {LongestKeepAlive.TotalMilliseconds}.";
}
