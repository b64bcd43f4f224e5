using System.Buffers.Binary;

namespace Pcie.Daq;

/// <summary>
/// What the card writes to host memory before each message, if told to, so that a driver need not read a register to learn what
/// happened.
/// </summary>
/// <remarks>
/// Little-endian: 0x00 head u64, 0x08 last sequence u64, 0x10 update u64, 0x18 causes u32, 0x1C reserved u32. Written by one
/// posted write, never torn. Writing and reading allocate nothing.
/// </remarks>
/// <param name="Head">Chunks written to the ring since the DMA core was enabled: the producer index, which never wraps.</param>
/// <param name="LastSequence">
/// Sequence number of the last chunk written; of no meaning while <paramref name="Head"/> is 0.
/// </param>
/// <param name="Update">Number of this status block, from 1.</param>
/// <param name="Causes">INT_CAUSE when the block was written. Clearing a cause does not write a block.</param>
public readonly record struct StatusBlock(ulong Head, ulong LastSequence, ulong Update, uint Causes)
{
    /// <summary>Bytes of a status block.</summary>
    public const int Size = 32;

    /// <summary>Writes the block to the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Head);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[0x08..], LastSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[0x10..], Update);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[0x18..], Causes);
    }

    /// <summary>Reads a block from the first <see cref="Size"/> bytes.</summary>
    public static StatusBlock Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[0x08..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[0x10..]),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x18..]));
}
