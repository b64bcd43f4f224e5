using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pcie.Daq;

/// <summary>
/// CRC-32C (RFC 3720, appendix B.4). The instruction for it takes eight bytes a cycle and three cycles to do so: three neighbouring blocks are
/// reckoned side by side, and then put together, as a CRC is linear: that of two blocks is that of the first, moved on by the length of the second
/// as if there were zeros, and that of the second, begun with zero.
/// </summary>
/// <remarks>Allocates nothing.</remarks>
internal static class Crc32C
{
    // Bytes; as many as the processor reads ahead, and enough that putting them together is a twentieth of it.
    private const int Block = 1024;

    // What becomes of each byte of a CRC, from the lowest, when a block of zeros follows.
    private static readonly uint[][] MovedOn = MoveOn();

    // Compiled well at once: a run by the wall clock would be short of time until it was.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static uint Of(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        for (; bytes.Length >= 3 * Block; bytes = bytes[(3 * Block)..])
        {
            ReadOnlySpan<byte> first = bytes[..Block], second = bytes[Block..(2 * Block)], third = bytes[(2 * Block)..(3 * Block)];
            var (two, three) = (0u, 0u);
            for (; first.Length >= 8; first = first[8..], second = second[8..], third = third[8..])
            {
                crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(first));
                two = BitOperations.Crc32C(two, BinaryPrimitives.ReadUInt64LittleEndian(second));
                three = BitOperations.Crc32C(three, BinaryPrimitives.ReadUInt64LittleEndian(third));
            }
            crc = MoveOn(MoveOn(crc) ^ two) ^ three;
        }
        for (; bytes.Length >= 8; bytes = bytes[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    private static uint MoveOn(uint crc) =>
        MovedOn[0][(byte)crc] ^ MovedOn[1][(byte)(crc >> 8)] ^ MovedOn[2][(byte)(crc >> 16)] ^ MovedOn[3][crc >> 24];

    private static uint[][] MoveOn()
    {
        var tables = new uint[4][];
        for (var place = 0; place < 4; place++)
        {
            tables[place] = new uint[256];
            for (var value = 0; value < 256; value++)
            {
                var crc = (uint)value << 8 * place;
                for (var i = 0; i < Block; i += 8) crc = BitOperations.Crc32C(crc, 0UL);
                tables[place][value] = crc;
            }
        }
        return tables;
    }
}
