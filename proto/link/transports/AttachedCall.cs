using Grpc.Core;
using Grpc.Net.Client;
using Pcie.Link.Wire;

namespace Pcie.Link.Transports;

/// <summary>An Attach call after the hellos, as the host has it.</summary>
/// <param name="Channel">Its connection, which nothing else uses.</param>
/// <param name="Hello">The device's.</param>
internal sealed record AttachedCall(
    GrpcChannel Channel, AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage> Call, DeviceHello Hello) : IDisposable
{
    /// <summary>The call, for a transport.</summary>
    public LinkConnection Connection { get; } = new(Call.ResponseStream, Call.RequestStream, Call.Dispose);

    public void Dispose()
    {
        Call.Dispose();
        Channel.Dispose();
    }
}
