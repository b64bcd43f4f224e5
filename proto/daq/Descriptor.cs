using System.Buffers.Binary;

namespace Pcie.Daq;

/// <summary>
/// A piece of host memory that the driver gives the card, itself in host memory. Descriptors are linked into a list or a ring; those up to
/// and including one marked <see cref="DescriptorFlags.Last"/> make the place of one chunk.
/// </summary>
/// <remarks>
/// Little-endian: 0x00 address u64, 0x08 length u32, 0x0C flags u32, 0x10 next u64, 0x18 reserved u64; at a multiple of 32. When the chunk is
/// there, the card writes 0x08 and 0x0C back by one posted write: the bytes it has filled, and the flags without
/// <see cref="DescriptorFlags.Owned"/>. Writing and reading allocate nothing.
/// </remarks>
/// <param name="Address">Bus address, DW-aligned.</param>
/// <param name="Length">In bytes, a multiple of 4 that is not 0.</param>
/// <param name="Next">Bus address of the next descriptor; 0 for none.</param>
public readonly record struct Descriptor(ulong Address, uint Length, DescriptorFlags Flags, ulong Next)
{
    /// <summary>Bytes of a descriptor, and what its address is a multiple of.</summary>
    public const int Size = 32;

    /// <summary>Where the card writes back.</summary>
    public const int WriteBackOffset = 0x08;

    /// <summary>Bytes that it writes back.</summary>
    public const int WriteBackSize = 8;

    /// <summary>Most descriptors that make the place of one chunk.</summary>
    public const int MaxPerChunk = 16;

    /// <summary>Writes the descriptor to the first <see cref="Size"/> bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Address);
        WriteBack(bytes[WriteBackOffset..], Length, Flags);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[0x10..], Next);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[0x18..], 0);
    }

    /// <summary>Writes length and flags alone, to the first <see cref="WriteBackSize"/> bytes.</summary>
    public static void WriteBack(Span<byte> bytes, uint length, DescriptorFlags flags)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[4..], (uint)flags);
    }

    /// <summary>Reads a descriptor from the first <see cref="Size"/> bytes.</summary>
    public static Descriptor Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x08..]),
        (DescriptorFlags)BinaryPrimitives.ReadUInt32LittleEndian(bytes[0x0C..]),
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[0x10..]));
}

/// <summary>Flags of a <see cref="Descriptor"/>.</summary>
[Flags]
public enum DescriptorFlags : uint
{
    None = 0,

    /// <summary>The memory is the card's; the card gives it back by clearing this.</summary>
    Owned = 1 << 0,

    /// <summary>The chunk raises DATA_READY when it is there.</summary>
    Interrupt = 1 << 1,

    /// <summary>The chunk's place ends here.</summary>
    Last = 1 << 2,
}
