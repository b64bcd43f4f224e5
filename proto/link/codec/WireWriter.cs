using System.Numerics;

namespace Pcie.Link.Codec;

/// <summary>
/// The protobuf wire format, written into a span that is known to be long enough. Fields of value 0 are left out.
/// </summary>
internal ref struct WireWriter(Span<byte> target)
{
    private readonly Span<byte> target = target;

    public int Position { get; private set; }

    public void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            target[Position++] = (byte)(value | 0x80);
            value >>= 7;
        }
        target[Position++] = (byte)value;
    }

    /// <param name="tag">Below 0x80: every field of link.proto has a number below 16.</param>
    public void Field(byte tag, ulong value)
    {
        if (value != 0) FieldAlways(tag, value);
    }

    public void FieldAlways(byte tag, ulong value)
    {
        target[Position++] = tag;
        Varint(value);
    }

    /// <summary>Bytes that <see cref="Varint"/> takes.</summary>
    public static int SizeOf(ulong value) => (BitOperations.Log2(value | 1) + 7) / 7;

    /// <summary>Bytes that <see cref="Field"/> takes.</summary>
    public static int SizeOfField(ulong value) => value == 0 ? 0 : 1 + SizeOf(value);
}
