using Pcie.Time;

namespace Pcie.Link.Grpc.Device;

/// <summary>A host that owns the card, from its hello to the end of its link.</summary>
/// <param name="Epoch">Which attachment of this process it is, from 1.</param>
/// <param name="HostName">Who the host says it is.</param>
/// <param name="Since">When it attached, by the wall clock.</param>
/// <param name="Pacing">How time passes in this session.</param>
/// <param name="Latency">Of the link, one way. Zero unless free-running.</param>
/// <param name="Transport">Down when the session is over.</param>
public sealed record DeviceAttachment(
    ulong Epoch, string HostName, DateTimeOffset Since, Pacing Pacing, Duration Latency, ILinkTransport Transport);
