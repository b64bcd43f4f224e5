using System.Buffers.Binary;

namespace Pcie.VfioUser.Messages;

/// <summary>What every message begins with, either way; little-endian.</summary>
/// <param name="Id">The sender's number of a command, which its reply repeats.</param>
/// <param name="Size">Bytes of the message, this header included.</param>
/// <param name="Error">Of an error reply: errno.</param>
internal readonly record struct MessageHeader(ushort Id, Command Command, int Size, uint Flags, Errno Error = 0)
{
    public const int Length = 16;

    /// <summary>No message of either side is longer. A message of the client's cannot be passed over without being read.</summary>
    public const int MaxSize = 64 << 10;

    public const uint Reply = 1, NoReply = 0x10, IsAnError = 0x20;

    private const uint TypeBits = 0xF;

    public bool IsReply => (Flags & TypeBits) == Reply;

    public bool IsCommand => (Flags & TypeBits) == 0;

    public bool WantsNoReply => (Flags & NoReply) != 0;

    public bool IsError => (Flags & IsAnError) != 0;

    /// <summary>Bytes that follow.</summary>
    public int PayloadLength => Size - Length;

    /// <param name="bytes">As many as a header has, or more.</param>
    /// <exception cref="InvalidDataException">The size is none that a message has: where the next one begins is not known.</exception>
    public static MessageHeader Read(ReadOnlySpan<byte> bytes)
    {
        var size = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (size is < Length or > MaxSize)
            throw new InvalidDataException($"a message says that it has {size} bytes; expected {Length} to {MaxSize}");
        var (id, command) = (BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]));
        return new MessageHeader(id, (Command)command, (int)size,
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), (Errno)BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]));
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Id);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], (ushort)Command);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], Size);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Flags);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], (int)Error);
    }
}
