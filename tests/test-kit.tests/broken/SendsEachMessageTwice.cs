using Pcie.Pci;
using Pcie.Pci.Messages;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>Each message goes twice.</summary>
internal sealed class SendsEachMessageTwice : BrokenCard
{
    public override void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        base.Send(tlp, payload);
        if (tlp.Kind == TlpKind.MemoryWrite && MsiAddress.IsMessage(tlp.Address)) base.Send(tlp, payload);
    }
}
