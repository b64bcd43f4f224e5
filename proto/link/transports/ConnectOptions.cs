using Pcie.Time;

namespace Pcie.Link.Transports;

/// <summary>How a host attaches.</summary>
/// <param name="HostName">Who it is, for a person.</param>
/// <param name="Pacing">How time will pass.</param>
/// <param name="Latency">Of the link, one way. Free-running only.</param>
public sealed record ConnectOptions(string HostName, Pacing Pacing, Duration Latency)
{
    /// <summary>How long to wait for a device that is not there yet: either process may start first.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often to ask whether a silent device is still there; one that does not answer for a second is gone. At least a second.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Who the host is and whom it trusts; https only.</summary>
    public TlsCredentials? Credentials { get; init; }
}
