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
                case FrameEndOfRun: frame.EndOfRun = ReadTime(ref reader, end, "end_of_run_ns", FrameRules.LastTime); break;
                default: reader.Skip(tag, end); break;
            }
        FrameRules.Check(frame, direction);
    }

    private static void ReadTlp(ref WireReader reader, long end, LinkDirection direction, Frame frame)
    {
        var fields = new TlpFields();
        var payload = ReadOnlySequence<byte>.Empty;
        while (reader.TryReadTag(end, out var field))
            switch (field)
            {
                case TlpKindField: fields.Kind = reader.ReadVarint(end); break;
                case TlpTag: fields.Tag = (uint)reader.ReadVarint(end); break;
                case TlpStatus: fields.Status = reader.ReadVarint(end); break;
                case TlpAddress: fields.Address = reader.ReadVarint(end); break;
                case TlpLength: fields.Length = (uint)reader.ReadVarint(end); break;
                case TlpFirstByteEnables: fields.FirstByteEnables = (uint)reader.ReadVarint(end); break;
                case TlpLastByteEnables: fields.LastByteEnables = (uint)reader.ReadVarint(end); break;
                case TlpPayload: payload = reader.Take(reader.ReadLength(end)); break;
                case TlpSentAt: fields.SentAt = ReadTime(ref reader, end, "sent_at_ns", FrameRules.LastTime); break;
                default: reader.Skip(field, end); break;
            }
        payload.CopyTo(FrameRules.Add(frame, direction, fields, payload.Length));
    }

    private static SimTime ReadTime(ref WireReader reader, long end, string name, SimTime latest) =>
        FrameRules.Time(reader.ReadVarint(end), name, latest);
}
