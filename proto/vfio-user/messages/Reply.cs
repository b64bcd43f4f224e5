using System.Buffers.Binary;

namespace Pcie.VfioUser.Messages;

/// <summary>Writes the fields of a message of ours, each behind the one before, behind the header.</summary>
internal ref struct Reply(Span<byte> buffer)
{
    private readonly Span<byte> buffer = buffer;

    /// <summary>Of the message so far.</summary>
    public int Size { get; private set; } = MessageHeader.Length;

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Place(sizeof(ushort)), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Place(sizeof(uint)), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Place(sizeof(ulong)), value);

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Place(bytes.Length));

    private Span<byte> Place(int length)
    {
        Size += length;
        return buffer.Slice(Size - length, length);
    }
}
