using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Function.Configuration;
using Pcie.Pci;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>Decodes too few address bits: behind the end of BAR 0 it answers as at its beginning.</summary>
internal sealed class WrapsItsBar : BrokenCard
{
    public override void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        var bar = (ulong)(Config(ConfigOffset.Bar0) & ~0xFu);
        var isBehind = tlp.Kind is TlpKind.MemoryRead or TlpKind.MemoryWrite && tlp.Address >= bar + DaqCard.BarSize && tlp.Address < bar + 2 * DaqCard.BarSize;
        base.Receive(isBehind ? tlp with { Address = tlp.Address - DaqCard.BarSize } : tlp, payload);
    }
}
