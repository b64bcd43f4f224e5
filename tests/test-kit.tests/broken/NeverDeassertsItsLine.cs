using Pcie.Pci;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>Its line, once asserted, stays so.</summary>
internal sealed class NeverDeassertsItsLine : BrokenCard
{
    public override void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind != TlpKind.Message || (MessageCode)tlp.Address != MessageCode.DeassertIntA) base.Send(tlp, payload);
    }
}
