using Pcie.Emulator.Function.Configuration;
using Pcie.Pci;
using Pcie.Pci.Messages;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>Unmasked with nothing pending, it sends the last message once more.</summary>
internal sealed class SendsAgainWhenUnmasked : BrokenCard
{
    private Tlp last;
    private byte[]? lastPayload;

    public override void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        var unmasks = tlp.Kind == TlpKind.ConfigWrite && tlp.Address == ConfigOffset.MsiMask && payload[0] == 0 && Config(ConfigOffset.MsiMask) != 0;
        var isPending = Config(ConfigOffset.MsiPending) != 0;
        base.Receive(tlp, payload);
        if (unmasks && !isPending && lastPayload is not null) base.Send(last, lastPayload);
    }

    public override void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.MemoryWrite && MsiAddress.IsMessage(tlp.Address)) (last, lastPayload) = (tlp, payload.ToArray());
        base.Send(tlp, payload);
    }
}
