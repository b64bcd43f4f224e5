using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Shm;

namespace Pcie.Link.Grpc;

/// <summary>The optional features of link.proto that are in force in a session: null those that are not.</summary>
/// <param name="Replay">How it outlives its connection.</param>
/// <param name="Heartbeat">How either side finds out that the other is silent; if not in force, it is left to HTTP/2.</param>
/// <param name="Memory">What both sides share, for frames.</param>
/// <param name="InterruptLine">Whether the host is told of the card's interrupt line.</param>
/// <param name="Pulses">Whether heartbeats go through the memory and not over the call.</param>
public sealed record SessionFeatures(
    ReplayOptions? Replay = null, HeartbeatOptions? Heartbeat = null, SharedMemory? Memory = null, bool InterruptLine = false, bool Pulses = false)
{
    /// <summary>The name of the capability, as in link.proto.</summary>
    public const string InterruptLineCapability = "intx";
}
