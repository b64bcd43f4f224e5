using Pcie.Emulator.Function.Configuration;
using Pcie.Pci;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>What was raised while a message was masked is lost when it is unmasked.</summary>
internal sealed class ForgetsPendingOnUnmask : BrokenCard
{
    public override void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.ConfigWrite && tlp.Address == ConfigOffset.MsiMask) SetConfig(ConfigOffset.MsiPending, 0);
        base.Receive(tlp, payload);
    }
}
