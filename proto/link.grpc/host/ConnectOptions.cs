using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Time;

namespace Pcie.Link.Grpc.Host;

/// <summary>How a host attaches.</summary>
/// <param name="HostName">Who it is, for a person.</param>
/// <param name="Pacing">How time will pass.</param>
/// <param name="Latency">Of the link, one way. Free-running only.</param>
public sealed record ConnectOptions(string HostName, Pacing Pacing, Duration Latency)
{
    /// <summary>How long to wait for a device that is not there yet: either process may start first.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A device of which nothing is heard for this long is silent, and its connection is given up; 100 ms at least. A device without the
    /// capability heartbeat is asked by HTTP/2 pings, which take up to three seconds more, and a second at least. A process that dies is noticed at
    /// once, because its connection ends.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = HeartbeatOptions.DefaultKeepAlive;

    /// <summary>
    /// How long a session outlives its connection, if the device agrees: within this it resumes, and nothing is lost or applied twice. Zero
    /// for not at all. A device that does not listen any more is gone after a second.
    /// </summary>
    public TimeSpan GracePeriod { get; init; } = ReplayOptions.DefaultGracePeriod;

    /// <summary>Whether the host wants to be told of the card's interrupt line, beside messages that are signalled by memory writes.</summary>
    public bool InterruptLine { get; init; } = true;

    /// <summary>By the wall clock, simulated seconds per second of a device that is in this process; others know their own.</summary>
    public double TimeScale { get; init; } = 1;

    /// <summary>Where the link's frames come from; null for a pool of its own. Who hands frames from one link to another has one for both.</summary>
    public FramePool? Pool { get; init; }

    /// <summary>What heartbeats and silence are measured by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Who the host is and whom it trusts; https only.</summary>
    public TlsCredentials? Credentials { get; init; }
}
