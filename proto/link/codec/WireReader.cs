using System.Buffers;
using System.Runtime.CompilerServices;

namespace Pcie.Link.Codec;

/// <summary>
/// The protobuf wire format, read in place. A message ends where its container says, so every reading method takes that end, in
/// bytes from the start of the whole.
/// </summary>
/// <remarks>Allocates nothing. Everything that runs over an end or makes no sense is a <see cref="LinkProtocolException"/>.</remarks>
internal ref struct WireReader(ReadOnlySequence<byte> bytes)
{
    // Groups are obsolete but must be skipped; real ones do not nest deeply.
    private const int MaxGroupDepth = 16;

    private SequenceReader<byte> reader = new(bytes);

    public readonly long Length => reader.Length;

    public readonly long Position => reader.Consumed;

    /// <summary>Reads a field's tag, or returns false at the end of the message.</summary>
    public bool TryReadTag(long end, out uint tag)
    {
        tag = 0;
        if (reader.Consumed >= end) return false;
        var start = reader.Consumed;
        var value = ReadVarint(end);
        if (value is < 8 or > uint.MaxValue || (value & 7) is 6 or 7)
            throw new LinkProtocolException($"Byte {start}: 0x{value:X} is no protobuf field tag.");
        tag = (uint)value;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadVarint(long end)
    {
        if (reader.Consumed < end && reader.TryPeek(out var first) && first < 0x80)
        {
            reader.Advance(1);
            return first;
        }
        return ReadLongVarint(end);
    }

    private ulong ReadLongVarint(long end)
    {
        var start = reader.Consumed;
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (reader.Consumed >= end || !reader.TryRead(out var next))
                throw new LinkProtocolException($"Byte {start}: the message ends within a number.");
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new LinkProtocolException($"Byte {start}: a number of more than 10 bytes.");
    }

    /// <summary>Reads the length of an embedded message, string or bytes field.</summary>
    /// <returns>Where it ends.</returns>
    public long ReadLength(long end)
    {
        var start = reader.Consumed;
        var length = ReadVarint(end);
        if (length > (ulong)(end - reader.Consumed))
            throw new LinkProtocolException(
                $"Byte {start}: a field of {length} bytes, but only {end - reader.Consumed} are left in its message.");
        return reader.Consumed + (long)length;
    }

    /// <summary>Steps over what comes before <paramref name="end"/> and returns it, still in place.</summary>
    public ReadOnlySequence<byte> Take(long end)
    {
        var taken = reader.UnreadSequence.Slice(0, end - reader.Consumed);
        reader.Advance(end - reader.Consumed);
        return taken;
    }

    /// <summary>Steps over a field that is not known here, as protobuf demands of every reader.</summary>
    public void Skip(uint tag, long end, int depth = 0)
    {
        switch (tag & 7)
        {
            case 0: ReadVarint(end); break;
            case 1: Advance(8, end); break;
            case 2: Advance(ReadLength(end) - reader.Consumed, end); break;
            case 3: SkipGroup(tag, end, depth); break;
            case 4: throw new LinkProtocolException($"Byte {reader.Consumed}: the end of a group that never began.");
            case 5: Advance(4, end); break;
        }
    }

    private void SkipGroup(uint start, long end, int depth)
    {
        if (depth == MaxGroupDepth) throw new LinkProtocolException($"Byte {reader.Consumed}: groups nested too deeply.");
        while (TryReadTag(end, out var tag))
        {
            if (tag == start + 1) return;
            Skip(tag, end, depth + 1);
        }
        throw new LinkProtocolException($"Byte {reader.Consumed}: a group without an end.");
    }

    private void Advance(long count, long end)
    {
        if (count > end - reader.Consumed)
            throw new LinkProtocolException($"Byte {reader.Consumed}: the message ends within a field of {count} bytes.");
        reader.Advance(count);
    }
}
