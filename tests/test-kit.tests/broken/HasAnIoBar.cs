using System.Buffers.Binary;
using Pcie.Pci;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>Nothing is wrong with it: BAR 1 is of I/O space, 256 bytes, as a function for legacy software may have.</summary>
internal sealed class HasAnIoBar : BrokenCard
{
    private const uint Bar1 = 0x14, IsIo = 1, Size = 0x100;

    public override void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        base.Receive(tlp, payload);
        if (tlp.Kind == TlpKind.ConfigWrite && tlp.Address == Bar1) SetConfig(Bar1, BinaryPrimitives.ReadUInt32LittleEndian(payload) & ~(Size - 1));
        SetConfig(Bar1, Config(Bar1) | IsIo);
    }
}
