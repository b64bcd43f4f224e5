using System.Buffers.Binary;
using System.Text;

namespace Pcie.Emu.Listing;

/// <summary>Configuration space as <c>lspci -xxxx</c> writes it and <c>lspci -F</c> reads it (pciutils, lspci(8)).</summary>
internal static class ConfigDump
{
    private const int BytesPerLine = 16;

    /// <param name="space">All of it.</param>
    public static string Of(ReadOnlySpan<byte> space)
    {
        var (vendor, device, kind) = (Word(space, 0), Word(space, 2), Word(space, 10));
        var text = new StringBuilder($"00:00.0 Class {kind:x4}: {vendor:x4}:{device:x4} (rev {space[8]:x2})\n");
        for (var at = 0; at < space.Length; at += BytesPerLine)
        {
            text.Append($"{at:x2}:");
            foreach (var one in space.Slice(at, BytesPerLine)) text.Append($" {one:x2}");
            text.Append('\n');
        }
        return text.ToString();
    }

    private static ushort Word(ReadOnlySpan<byte> space, int at) => BinaryPrimitives.ReadUInt16LittleEndian(space[at..]);
}
