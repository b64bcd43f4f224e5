using Pcie.Control;
using Pcie.DriverModel.Study;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Host;
using Pcie.Trace;

namespace Pcie.DriverModel;

/// <summary>A card in another process, behind the link; its control service is asked past it.</summary>
/// <param name="patience">For how long the control service is asked again.</param>
internal sealed class LinkedCard(GrpcHostTransport transport, LinkUri uri, TlsCredentials? credentials, TimeSpan patience) : IAttachedCard
{
    public (string Name, ushort VendorId, ushort DeviceId) Identity =>
        (transport.Device.DeviceName, (ushort)transport.Device.VendorId, (ushort)transport.Device.DeviceId);

    public ILinkTransport Transport => transport;

    public string Link => uri.Scheme == LinkScheme.Unix ? "unix" : "grpc";

    public CardStatistics? GetStatistics() => CardControlClient.TryGetStatistics(uri, credentials, patience);

    public TraceSpool? GetTrace() => CardControlClient.TryGetTrace(uri, credentials, patience);

    public void Dispose() => transport.Dispose();
}
