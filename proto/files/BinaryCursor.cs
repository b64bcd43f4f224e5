using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Pcie.Files;

/// <summary>
/// Goes through a binary file from its beginning, little-endian, a section at a time: <see cref="Load"/> fetches a section whole, the others take
/// their fields from it. Trusts nothing: whatever is not there, or not as the format says, is an <see cref="InvalidDataException"/> whose text says
/// at which byte of the file and what was expected.
/// </summary>
/// <remarks>Allocates nothing once it has held a section as long as the longest.</remarks>
/// <param name="stream">Left open.</param>
/// <param name="file">What the file is called in refusals, as in "session recording".</param>
public sealed class BinaryCursor(Stream stream, string file)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private byte[] section = [];
    private string part = "";
    private long begin;
    private int at, end;

    /// <summary>Of the next byte, from the beginning of the file.</summary>
    public long Offset => begin + at;

    /// <summary>What is left of the section.</summary>
    public ReadOnlySpan<byte> Rest => section.AsSpan(at, end - at);

    /// <summary>Fetches the next bytes of the file; what was left of the section before is passed over.</summary>
    /// <param name="length">Bounded by the caller: a length that the file states is not to be believed.</param>
    /// <param name="name">What is fetched, as in "the head".</param>
    /// <returns>This cursor.</returns>
    public BinaryCursor Load(int length, string name)
    {
        if (!TryLoad(length, name)) throw Damaged(Offset, $"the {Noun} ends within {name}");
        return this;
    }

    /// <summary>As <see cref="Load"/>, where the file may also end.</summary>
    /// <returns>False at the end of the file.</returns>
    public bool TryLoad(int length, string name)
    {
        if (section.Length < length) section = new byte[BitOperations.RoundUpToPowerOf2((uint)length)];
        (begin, at, end, part) = (begin + end, 0, length, name);
        var have = stream.ReadAtLeast(section.AsSpan(0, length), length, throwOnEndOfStream: false);
        if (have == length) return true;
        end = 0;
        return have == 0 ? false : throw Damaged(begin + have, $"the {Noun} ends within {name}");
    }

    /// <summary>The file must begin with these bytes.</summary>
    /// <param name="expected">How they read.</param>
    public void Magic(ReadOnlySpan<byte> magic, string expected)
    {
        if (!Load(magic.Length, "the magic").Rest.SequenceEqual(magic)) throw Damaged(0, $"this is no {file}; expected {expected}");
    }

    /// <summary>A version of the format, which must be one of those that are known.</summary>
    public uint Version(uint oldest, uint newest)
    {
        var version = Load(sizeof(uint), "the version").UInt32();
        return version >= oldest && version <= newest ? version : throw Damaged(Offset - sizeof(uint),
            $"format version {version}; this program reads {(oldest == newest ? $"{newest}" : $"{oldest} to {newest}")}");
    }

    /// <summary>The file must end here.</summary>
    public void End()
    {
        if (stream.ReadByte() >= 0) throw Damaged(Offset, "more bytes; expected the end");
    }

    public byte Byte() => at < end ? section[at++] : throw Short("a field");

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Span(sizeof(ushort)));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Span(sizeof(int)));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Span(sizeof(uint)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Span(sizeof(long)));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Span(sizeof(ulong)));

    /// <summary>A varint as protobuf writes it.</summary>
    public ulong Varint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw Damaged(Offset, "a number of more than 10 bytes");
    }

    /// <summary>Bytes of the section; valid until the next is loaded.</summary>
    public ReadOnlyMemory<byte> Bytes(int length)
    {
        if (length > end - at) throw Short($"{length} bytes of data");
        at += length;
        return section.AsMemory(at - length, length);
    }

    /// <summary>Text in UTF-8, for a person: what is not to be printed is escaped.</summary>
    public string Text(int length)
    {
        var place = Offset;
        try
        {
            return PrintableText.Of(Strict.GetString(Bytes(length).Span), int.MaxValue);
        }
        catch (DecoderFallbackException e)
        {
            throw Damaged(place + e.Index, "this is not UTF-8");
        }
    }

    /// <summary>The exception for what is wrong at a byte of the file.</summary>
    public InvalidDataException Damaged(long place, string problem) => new($"Byte {place} of the {file}: {problem}.");

    private string Noun => file[(file.LastIndexOf(' ') + 1)..];

    private ReadOnlySpan<byte> Span(int length) => Bytes(length).Span;

    private InvalidDataException Short(string what) => Damaged(Offset, $"{part} ends within {what}");
}
