namespace Pcie.Link.DataLinkLayer;

/// <summary>How a session outlives its connection.</summary>
/// <param name="GracePeriod">How long the other side has to come back after the connection is lost.</param>
/// <param name="Token">What the host must show to resume: random bytes that the device made up.</param>
public sealed record ReplayOptions(TimeSpan GracePeriod, ReadOnlyMemory<byte> Token)
{
    /// <summary>The name of the capability, as in link.proto.</summary>
    public const string Capability = "replay";

    /// <summary>Longer than it takes the slower side to notice by its keep-alive that the connection is dead.</summary>
    public static readonly TimeSpan DefaultGracePeriod = TimeSpan.FromSeconds(5);

    /// <summary>The token of a device that is ours, and the shortest that is taken (bytes).</summary>
    public const int TokenSize = 16;

    /// <summary>The longest token that is taken (bytes).</summary>
    public const int MaxToken = 64;
}
