using System.Buffers.Binary;
using Pcie.Time;

namespace Pcie.Daq;

/// <summary>
/// The first 32 bytes of every slot that the card fills in host memory. It is written last, so that a valid magic means a whole
/// chunk; before the payload changes, the slot is marked by a header of zeros.
/// </summary>
/// <remarks>
/// Little-endian: 0x00 magic u32, 0x04 payload length u32, 0x08 sequence u64, 0x10 time i64, 0x18 checksum u32, 0x1C flags u32.
/// Writing, reading and checking allocate nothing.
/// </remarks>
/// <param name="Sequence">
/// Number of the chunk among all that the source produced, from 0. A gap means chunks that never arrived.
/// </param>
/// <param name="Length">Bytes of payload behind the header.</param>
/// <param name="Time">When the chunk was complete in the card.</param>
/// <param name="Checksum">CRC-32C of the payload; 0 if <paramref name="PayloadOmitted"/>.</param>
/// <param name="PayloadOmitted">
/// Only headers cross the link: the payload counts in time but was not written, and cannot be checked.
/// </param>
public readonly record struct ChunkHeader(ulong Sequence, int Length, SimTime Time, uint Checksum, bool PayloadOmitted)
{
    /// <summary>Bytes of a header.</summary>
    public const int Size = 32;

    /// <summary>"CHNK" in memory.</summary>
    public const uint Magic = 0x4B4E4843;

    private const uint PayloadOmittedFlag = 1;

    private const int TimeOffset = 0x10;

    /// <summary>Bytes of host memory that a chunk takes: the header, and the payload filled up to a DW.</summary>
    /// <param name="payload">In bytes.</param>
    public static int SlotLength(int payload) => Size + (payload + 3 & ~3);

    /// <summary>Whether a byte of a header is one of its time.</summary>
    public static bool IsTime(int index) => index is >= TimeOffset and < TimeOffset + sizeof(long);

    /// <summary>Writes the header to the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[0x04..], Length);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[0x08..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[TimeOffset..], Time.Nanoseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x18..], Checksum);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[0x1C..], PayloadOmitted ? PayloadOmittedFlag : 0);
    }

    /// <summary>Reads a header.</summary>
    /// <returns>False if there is no valid one: the slot is empty or being written.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out ChunkHeader header)
    {
        header = default;
        if (bytes.Length < Size || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic) return false;
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[0x04..]);
        if (length < 0) return false;
        header = new ChunkHeader(
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[0x08..]),
            length,
            new SimTime(BinaryPrimitives.ReadInt64LittleEndian(bytes[TimeOffset..])),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x18..]),
            (BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x1C..]) & PayloadOmittedFlag) != 0);
        return true;
    }

    /// <summary>CRC-32C (RFC 3720, appendix B.4) of a payload.</summary>
    public static uint ChecksumOf(ReadOnlySpan<byte> payload) => Crc32C.Of(payload);
}
