using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Codec;

/// <summary>What link.proto demands of a frame that came, in whichever encoding.</summary>
internal static class FrameRules
{
    /// <summary>The latest time that something can be sent at.</summary>
    public static SimTime LastTime => new(long.MaxValue - 1);

    /// <summary>A time in nanoseconds.</summary>
    /// <exception cref="LinkProtocolException">It is later than it may be.</exception>
    public static SimTime Time(ulong nanoseconds, string name, SimTime latest) => nanoseconds <= (ulong)latest.Nanoseconds
        ? new SimTime((long)nanoseconds)
        : throw new LinkProtocolException($"{name} is {nanoseconds}; the latest time is {latest.Nanoseconds}.");

    /// <summary>What a frame says of time, its TLPs aside.</summary>
    /// <exception cref="LinkProtocolException">It says what its sender may not say.</exception>
    public static void Check(Frame frame, LinkDirection direction)
    {
        if (direction == LinkDirection.DeviceToHost && (frame.PromiseRequested || frame.EndOfRun != SimTime.Never))
            throw new LinkProtocolException("A device may not set promise_requested or end_of_run_ns; only a host may.");
    }

    /// <summary>Appends a TLP.</summary>
    /// <param name="carried">The payload that came with it (bytes); null if that follows and has the length that the TLP says.</param>
    /// <returns>The place for its payload, as <see cref="Frame.Add(in Tlp)"/>.</returns>
    /// <exception cref="LinkProtocolException">It breaks a rule.</exception>
    public static Span<byte> Add(Frame frame, LinkDirection direction, in TlpFields fields, long? carried = null)
    {
        // What does not fit the types of Tlp cannot be checked once it is in one.
        if (frame.Count == Frame.MaxTlps) throw new LinkProtocolException($"A frame of more than {Frame.MaxTlps} TLPs.");
        if (fields.Kind is 0 or > (int)TlpKind.Message) throw Refused(frame, fields, $"kind {fields.Kind} is none of 1 to 6");
        if (fields.Status is not (0 or 1 or 4)) throw Refused(frame, fields, $"status {fields.Status} is none of 0 (SC), 1 (UR) and 4 (CA)");
        if (fields.Tag > 1023) throw Refused(frame, fields, $"tag {fields.Tag} is above 1023");
        if (fields.Length > Frame.MaxPayload) throw Refused(frame, fields, $"length {fields.Length} is above {Frame.MaxPayload}");
        if (fields.FirstByteEnables > 0xF || fields.LastByteEnables > 0xF)
            throw Refused(frame, fields, $"byte enables 0x{fields.FirstByteEnables:X} and 0x{fields.LastByteEnables:X} have more than four bits");

        var tlp = new Tlp
        {
            Kind = (TlpKind)fields.Kind,
            Status = (CompletionStatus)fields.Status,
            Tag = (ushort)fields.Tag,
            Address = fields.Address,
            Length = (int)fields.Length,
            FirstByteEnables = (byte)fields.FirstByteEnables,
            LastByteEnables = (byte)fields.LastByteEnables,
            SentAt = fields.SentAt,
        };
        if (TlpRules.Broken(tlp, direction) is { } rule) throw Refused(frame, fields, rule);
        var length = tlp.HasPayload ? tlp.Length : 0;
        if (carried is { } came && came != length) throw Refused(frame, fields, $"carries {came} bytes of payload, but must carry {length}");
        if (frame.PayloadLength + length > Frame.MaxPayload)
            throw Refused(frame, fields, $"brings the frame's payload above {Frame.MaxPayload} bytes");
        if (frame.Count > 0 && tlp.SentAt < frame[frame.Count - 1].SentAt)
            throw Refused(frame, fields, $"is stamped {tlp.SentAt}, before the TLP in front of it ({frame[frame.Count - 1].SentAt})");
        return frame.Add(tlp);
    }

    private static LinkProtocolException Refused(Frame frame, in TlpFields fields, string what) =>
        new($"TLP {frame.Count} of the frame ({(TlpKind)fields.Kind}): {what}.");
}
