using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;

namespace Pcie.Link.Grpc.Device;

/// <summary>How a device takes its hosts.</summary>
public sealed record AttachOptions
{
    /// <summary>How long a host may take to come back after its connection is lost; zero if it may not.</summary>
    public TimeSpan GracePeriod { get; init; } = ReplayOptions.DefaultGracePeriod;

    /// <summary>
    /// A host of which nothing is heard for this long is silent, and its connection is given up; 100 ms at least. A host without the capability
    /// heartbeat is asked by HTTP/2 pings, which take up to three seconds more, and a second at least; one that does not even take what it is sent is
    /// gone after four seconds more than this, and two at most until somebody looks. A process that dies is noticed at once, because its connection
    /// ends.
    /// </summary>
    public TimeSpan KeepAlive { get; init; } = HeartbeatOptions.DefaultKeepAlive;

    /// <summary>What heartbeats, silence and the grace period are measured by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the link's frames come from. Who hands frames from one link to another has one pool for both.</summary>
    public FramePool Pool { get; init; } = new();

    /// <summary>Whose the card is, where hosts can come by other ways too.</summary>
    public CardClaim Claim { get; init; } = new();

    /// <summary>Where the hosts are counted.</summary>
    public AttachCounters Counters { get; init; } = new();
}
