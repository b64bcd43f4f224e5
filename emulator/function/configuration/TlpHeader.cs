using Pcie.Pci;

namespace Pcie.Emulator.Function.Configuration;

/// <summary>
/// The header of a packet as it stands on the wire (PCI Express Base Specification 2.2), which is what AER logs. The link has no
/// requester and completer IDs: they are zero.
/// </summary>
internal static class TlpHeader
{
    private const uint FourWords = 1u << 29;
    private const uint WithData = 1u << 30;
    private const uint ConfigType0 = 0x04u << 24;
    private const uint Completion = 0x0Au << 24;

    // Of Length, in DWs: 1024 is written as 0 (2.2.1).
    private const uint LengthMask = 0x3FF;

    /// <param name="words">Four; bits 31..24 of the first are the first byte. The fourth is zero in a header of three.</param>
    public static void Write(in Tlp tlp, Span<uint> words)
    {
        var isMemory = tlp.Kind is TlpKind.MemoryRead or TlpKind.MemoryWrite;
        var isLong = isMemory && tlp.Address > uint.MaxValue;
        var type = tlp.Kind switch
        {
            TlpKind.ConfigRead or TlpKind.ConfigWrite => ConfigType0,
            TlpKind.Completion => Completion,
            _ => 0u,
        };
        words[0] = type | (tlp.HasPayload ? WithData : 0) | (isLong ? FourWords : 0) | (uint)tlp.Length / 4 & LengthMask;
        words[3] = 0;
        if (tlp.Kind == TlpKind.Completion)
        {
            words[1] = (uint)tlp.Status << 13 | (uint)tlp.Length & 0xFFF;
            words[2] = (uint)(byte)tlp.Tag << 8 | (uint)tlp.Address & 0x7F;
            return;
        }
        words[1] = (uint)(byte)tlp.Tag << 8 | (uint)tlp.LastByteEnables << 4 | tlp.FirstByteEnables;
        if (isLong)
        {
            words[2] = (uint)(tlp.Address >> 32);
            words[3] = (uint)tlp.Address;
        }
        else
        {
            words[2] = (uint)tlp.Address;
        }
    }
}
