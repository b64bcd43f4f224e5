using Pcie.Pci;
using Pcie.Pci.Messages;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>With each message that it sends it asserts its line too.</summary>
internal sealed class AssertsItsLineBesideMessages : BrokenCard
{
    public override void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        base.Send(tlp, payload);
        if (tlp.Kind == TlpKind.MemoryWrite && MsiAddress.IsMessage(tlp.Address)) base.Send(Tlp.Message(MessageCode.AssertIntA), default);
    }
}
