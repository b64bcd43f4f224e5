using System.Buffers.Binary;
using Pcie.Emulator.Function.Configuration;
using Pcie.Pci;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>Knows 0xFFFFFFFF for a probe of its BAR, and keeps any other value whole, the bits below its size too.</summary>
internal sealed class SizesByOneKindOfAllOnes : BrokenCard
{
    private const uint TypeBits = 0xF;

    public override void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        base.Receive(tlp, payload);
        if (tlp.Kind != TlpKind.ConfigWrite || tlp.Address != ConfigOffset.Bar0) return;
        var written = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        if (written != uint.MaxValue) SetConfig(ConfigOffset.Bar0, written & ~TypeBits | Config(ConfigOffset.Bar0) & TypeBits);
    }
}
