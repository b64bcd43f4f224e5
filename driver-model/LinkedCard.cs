using Pcie.Attach;
using Pcie.Control;
using Pcie.Control.Wire;
using Pcie.DriverModel.Study;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Trace;

namespace Pcie.DriverModel;

/// <summary>
/// A card in another process, behind the link; its control service is asked past it. Of a device of others, which has none, it is known what it sent.
/// </summary>
/// <param name="patience">For how long the control service is asked again.</param>
public sealed class LinkedCard(AttachedDevice device, LinkUri uri, TlsCredentials? credentials, TimeSpan patience) : IAttachedCard
{
    public (string Name, ushort VendorId, ushort DeviceId) Identity => (device.Name, device.VendorId, device.DeviceId);

    public ILinkTransport Transport => device.Transport;

    public string Link => uri.Scheme switch { LinkScheme.Unix => "unix", LinkScheme.Shm => "shm", LinkScheme.Qtest => "qtest",
        LinkScheme.Vfio => "vfio", _ => "grpc" };

    public CardStatistics? GetStatistics() => device.Messages is { } sent ? Of((ulong)sent)
        : CardControlClient.TryGetStatistics(uri, credentials, patience);

    public TraceSpool? GetTrace() => uri.IsForeign ? null : CardControlClient.TryGetTrace(uri, credentials, patience);

    public void Dispose() => device.Transport.Dispose();

    // What it raised and did not send is known to nobody.
    private static CardStatistics Of(ulong sent) => new(new Dictionary<string, ulong> { ["messages.sent"] = sent },
        new Account { Interrupts = new InterruptAccount { Raised = sent, Sent = sent } }, 0, []);
}
