using Pcie.Pci;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>While it serves a memory request, it takes some bits of configuration space for others than they are: it ignores them.</summary>
/// <param name="offset">Of the DW in configuration space.</param>
/// <param name="mask">The bits.</param>
/// <param name="value">What it takes them for.</param>
internal sealed class TakesMemoryRequestsAsIf(uint offset, uint mask, uint value) : BrokenCard
{
    public override void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind is not (TlpKind.MemoryRead or TlpKind.MemoryWrite))
        {
            base.Receive(tlp, payload);
            return;
        }
        var before = Config(offset);
        SetConfig(offset, before & ~mask | value);
        base.Receive(tlp, payload);
        SetConfig(offset, Config(offset) & ~mask | before & mask);
    }
}
