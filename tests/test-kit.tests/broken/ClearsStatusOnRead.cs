using Pcie.Emulator.Function.Configuration;
using Pcie.Pci;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>Reading a cause of interrupt clears it, though it is to be cleared by writing 1.</summary>
internal sealed class ClearsStatusOnRead : BrokenCard
{
    public override void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        base.Receive(tlp, payload);
        var bar = (ulong)(Config(ConfigOffset.Bar0) & ~0xFu);
        var cause = Card.Registers.Find("INT_CAUSE")!;
        if (tlp.Kind == TlpKind.MemoryRead && tlp.Address == bar + cause.Offset) cause.Value = 0;
    }
}
