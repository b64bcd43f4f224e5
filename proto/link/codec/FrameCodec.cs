using System.Buffers;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Codec;

/// <summary>
/// HostMessage{frame} and DeviceMessage{frame} of link.proto, straight between a <see cref="Frame"/> and the wire. Both messages
/// have the frame at the same place, so their bytes are the same, and the same as the generated classes'.
/// </summary>
/// <remarks>
/// Allocates nothing beyond the growth of a frame to its working size; a payload is copied once. The generated classes would
/// allocate each TLP and copy each payload twice.
/// </remarks>
public static class FrameCodec
{
    /// <summary>No frame that keeps the limits is longer on the wire (bytes).</summary>
    public const int MaxMessageSize = Frame.MaxPayload + (Frame.MaxTlps + 2) * MaxFieldsSize;

    // All fields of a TLP but the payload's bytes, or of a frame but the TLPs: fewer than this, with the field around them.
    private const int MaxFieldsSize = 80;

    private const byte MessageFrame = 2 << 3 | 2;

    private const byte FrameEpoch = 1 << 3;
    private const byte FrameSequence = 2 << 3;
    private const byte FrameAcknowledge = 3 << 3;
    private const byte FrameTlp = 4 << 3 | 2;
    private const byte FramePromise = 5 << 3;
    private const byte FramePromiseRequested = 6 << 3;
    private const byte FrameEndOfRun = 7 << 3;

    private const byte TlpKindField = 1 << 3;
    private const byte TlpTag = 2 << 3;
    private const byte TlpStatus = 3 << 3;
    private const byte TlpAddress = 4 << 3;
    private const byte TlpLength = 5 << 3;
    private const byte TlpFirstByteEnables = 6 << 3;
    private const byte TlpLastByteEnables = 7 << 3;
    private const byte TlpPayload = 8 << 3 | 2;
    private const byte TlpSentAt = 9 << 3;

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public static int SizeOf(Frame frame)
    {
        var size = SizeOfFrame(frame);
        return 1 + WireWriter.SizeOf((ulong)size) + size;
    }

    public static void Write(Frame frame, IBufferWriter<byte> output)
    {
        var writer = new WireWriter(output.GetSpan(MaxFieldsSize));
        writer.FieldAlways(MessageFrame, (ulong)SizeOfFrame(frame));
        writer.Field(FrameEpoch, frame.Epoch);
        writer.Field(FrameSequence, frame.Sequence);
        writer.Field(FrameAcknowledge, frame.Acknowledge);
        output.Advance(writer.Position);

        for (var i = 0; i < frame.Count; i++)
        {
            ref readonly var tlp = ref frame[i];
            WriteTlp(tlp, frame.PayloadOf(tlp), output);
        }

        writer = new WireWriter(output.GetSpan(MaxFieldsSize));
        writer.Field(FramePromise, (ulong)frame.Promise.Nanoseconds);
        writer.Field(FramePromiseRequested, frame.PromiseRequested ? 1u : 0);
        if (frame.EndOfRun != SimTime.Never) writer.FieldAlways(FrameEndOfRun, (ulong)frame.EndOfRun.Nanoseconds);
        output.Advance(writer.Position);
    }

    private static void WriteTlp(in Tlp tlp, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        var writer = new WireWriter(output.GetSpan(MaxFieldsSize));
        writer.FieldAlways(FrameTlp, (ulong)SizeOfTlp(tlp));
        writer.Field(TlpKindField, (ulong)tlp.Kind);
        writer.Field(TlpTag, tlp.Tag);
        writer.Field(TlpStatus, (ulong)tlp.Status);
        writer.Field(TlpAddress, tlp.Address);
        writer.Field(TlpLength, (ulong)tlp.Length);
        writer.Field(TlpFirstByteEnables, tlp.FirstByteEnables);
        writer.Field(TlpLastByteEnables, tlp.LastByteEnables);
        if (!payload.IsEmpty)
        {
            writer.FieldAlways(TlpPayload, (ulong)payload.Length);
            output.Advance(writer.Position);
            output.Write(payload);
            writer = new WireWriter(output.GetSpan(MaxFieldsSize));
        }
        writer.Field(TlpSentAt, (ulong)tlp.SentAt.Nanoseconds);
        output.Advance(writer.Position);
    }

    private static int SizeOfFrame(Frame frame)
    {
        var size = WireWriter.SizeOfField(frame.Epoch) + WireWriter.SizeOfField(frame.Sequence)
            + WireWriter.SizeOfField(frame.Acknowledge) + WireWriter.SizeOfField((ulong)frame.Promise.Nanoseconds)
            + (frame.PromiseRequested ? 2 : 0)
            + (frame.EndOfRun == SimTime.Never ? 0 : 1 + WireWriter.SizeOf((ulong)frame.EndOfRun.Nanoseconds));
        for (var i = 0; i < frame.Count; i++)
        {
            var tlp = SizeOfTlp(frame[i]);
            size += 1 + WireWriter.SizeOf((ulong)tlp) + tlp;
        }
        return size;
    }

    private static int SizeOfTlp(in Tlp tlp) =>
        WireWriter.SizeOfField((ulong)tlp.Kind) + WireWriter.SizeOfField(tlp.Tag) + WireWriter.SizeOfField((ulong)tlp.Status)
        + WireWriter.SizeOfField(tlp.Address) + WireWriter.SizeOfField((ulong)tlp.Length)
        + WireWriter.SizeOfField(tlp.FirstByteEnables) + WireWriter.SizeOfField(tlp.LastByteEnables)
        + (tlp.HasPayload ? 1 + WireWriter.SizeOf((ulong)tlp.Length) + tlp.Length : 0)
        + WireWriter.SizeOfField((ulong)tlp.SentAt.Nanoseconds);

    /// <summary>Reads a message if it is a frame.</summary>
    /// <param name="bytes">A whole HostMessage or DeviceMessage.</param>
    /// <param name="direction">Which of the two.</param>
    /// <param name="frame">Empty; filled if the result is true. After an exception it may hold a part.</param>
    /// <returns>False if it is another message than a frame.</returns>
    /// <exception cref="LinkProtocolException">It is no message, or a frame that breaks a rule of link.proto.</exception>
    public static bool TryRead(ReadOnlySequence<byte> bytes, LinkDirection direction, Frame frame)
    {
        var reader = new WireReader(bytes);
        var end = reader.Length;
        bool found = false, other = false;
        while (reader.TryReadTag(end, out var tag))
        {
            if (tag == MessageFrame)
            {
                // Protobuf would merge two frames into one; a sender that means two sends two messages.
                if (found) throw new LinkProtocolException($"Byte {reader.Position}: a second frame in one message.");
                found = true;
                ReadFrame(ref reader, reader.ReadLength(end), direction, frame);
            }
            else
            {
                other |= tag >> 3 is 1 or 3 or 4;
                reader.Skip(tag, end);
            }
        }
        if (found && other)
            throw new LinkProtocolException("A message that holds both a frame and something else; it may hold one.");
        return found;
    }

    private static void ReadFrame(ref WireReader reader, long end, LinkDirection direction, Frame frame)
    {
        while (reader.TryReadTag(end, out var tag))
            switch (tag)
            {
                case FrameEpoch: frame.Epoch = reader.ReadVarint(end); break;
                case FrameSequence: frame.Sequence = reader.ReadVarint(end); break;
                case FrameAcknowledge: frame.Acknowledge = reader.ReadVarint(end); break;
                case FrameTlp: ReadTlp(ref reader, reader.ReadLength(end), direction, frame); break;
                case FramePromise: frame.Promise = ReadTime(ref reader, end, "promise_ns", SimTime.Never); break;
                case FramePromiseRequested: frame.PromiseRequested = reader.ReadVarint(end) != 0; break;
                case FrameEndOfRun: frame.EndOfRun = ReadTime(ref reader, end, "end_of_run_ns", LastTime); break;
                default: reader.Skip(tag, end); break;
            }
        if (direction == LinkDirection.DeviceToHost && (frame.PromiseRequested || frame.EndOfRun != SimTime.Never))
            throw new LinkProtocolException("A device may not set promise_requested or end_of_run_ns; only a host may.");
    }

    private static void ReadTlp(ref WireReader reader, long end, LinkDirection direction, Frame frame)
    {
        ulong kind = 0, tag = 0, status = 0, address = 0, length = 0, first = 0, last = 0;
        var sentAt = SimTime.Zero;
        var payload = ReadOnlySequence<byte>.Empty;
        while (reader.TryReadTag(end, out var field))
            switch (field)
            {
                case TlpKindField: kind = reader.ReadVarint(end); break;
                case TlpTag: tag = (uint)reader.ReadVarint(end); break;
                case TlpStatus: status = reader.ReadVarint(end); break;
                case TlpAddress: address = reader.ReadVarint(end); break;
                case TlpLength: length = (uint)reader.ReadVarint(end); break;
                case TlpFirstByteEnables: first = (uint)reader.ReadVarint(end); break;
                case TlpLastByteEnables: last = (uint)reader.ReadVarint(end); break;
                case TlpPayload: payload = reader.Take(reader.ReadLength(end)); break;
                case TlpSentAt: sentAt = ReadTime(ref reader, end, "sent_at_ns", LastTime); break;
                default: reader.Skip(field, end); break;
            }

        // What does not fit the types of Tlp cannot be checked once it is in one.
        if (frame.Count == Frame.MaxTlps) throw new LinkProtocolException($"A frame of more than {Frame.MaxTlps} TLPs.");
        if (kind is 0 or > (int)TlpKind.Completion) throw Refused($"kind {kind} is none of 1 to 5");
        if (status is not (0 or 1 or 4)) throw Refused($"status {status} is none of 0 (SC), 1 (UR) and 4 (CA)");
        if (tag > 1023) throw Refused($"tag {tag} is above 1023");
        if (length > Frame.MaxPayload) throw Refused($"length {length} is above {Frame.MaxPayload}");
        if (first > 0xF || last > 0xF) throw Refused($"byte enables 0x{first:X} and 0x{last:X} have more than four bits");

        var tlp = new Tlp
        {
            Kind = (TlpKind)kind,
            Status = (CompletionStatus)status,
            Tag = (ushort)tag,
            Address = address,
            Length = (int)length,
            FirstByteEnables = (byte)first,
            LastByteEnables = (byte)last,
            SentAt = sentAt,
        };
        if (TlpRules.Broken(tlp, direction) is { } rule) throw Refused(rule);
        var carried = tlp.HasPayload ? tlp.Length : 0;
        if (payload.Length != carried) throw Refused($"carries {payload.Length} bytes of payload, but must carry {carried}");
        if (frame.PayloadLength + carried > Frame.MaxPayload)
            throw Refused($"brings the frame's payload above {Frame.MaxPayload} bytes");
        if (frame.Count > 0 && sentAt < frame[frame.Count - 1].SentAt)
            throw Refused($"is stamped {sentAt}, before the TLP in front of it ({frame[frame.Count - 1].SentAt})");
        payload.CopyTo(frame.Add(tlp));

        LinkProtocolException Refused(string what) => new($"TLP {frame.Count} of the frame ({(TlpKind)kind}): {what}.");
    }

    private static SimTime LastTime => new(long.MaxValue - 1);

    private static SimTime ReadTime(ref WireReader reader, long end, string name, SimTime latest)
    {
        var value = reader.ReadVarint(end);
        return value <= (ulong)latest.Nanoseconds
            ? new SimTime((long)value)
            : throw new LinkProtocolException($"{name} is {value}; the latest time is {latest.Nanoseconds}.");
    }
}
