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

    /// <summary>
    /// How long a device may be silent before it is asked, by an HTTP/2 ping, whether it is there. At least a second. One that does not
    /// answer is gone at most three seconds later: a second is what it has, and HTTP/2 stacks look only once a second. A process that
    /// dies is noticed at once, because its connection ends.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a session outlives its connection, if the device agrees: within this it resumes, and nothing is lost or applied twice. Zero
    /// for not at all. A device that does not listen any more is gone after a second.
    /// </summary>
    public TimeSpan GracePeriod { get; init; } = ReplayOptions.DefaultGracePeriod;

    /// <summary>Where the link's frames come from; null for a pool of its own. Who hands frames from one link to another has one for both.</summary>
    public FramePool? Pool { get; init; }

    /// <summary>Who the host is and whom it trusts; https only.</summary>
    public TlsCredentials? Credentials { get; init; }
}
