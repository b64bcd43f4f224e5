namespace Pcie.Link.DataLinkLayer;

/// <summary>
/// The data link layer of one side of one attachment: numbers the frames sent, and checks that those received are the ones that
/// were sent, each once and in order. The frames that may have to be sent again are in the <see cref="ReplayBuffer"/>.
/// </summary>
/// <remarks>One thread stamps and one accepts; they may differ.</remarks>
/// <param name="epoch">The attachment's, as in DeviceHello.</param>
public sealed class DataLink(ulong epoch)
{
    /// <summary>A side that has taken this many frames since it last acknowledged does so, though it has nothing else to say.</summary>
    public const ulong AcknowledgeAfterFrames = 32;

    /// <summary>A side that has taken this much payload since it last acknowledged does so, though it has nothing else to say (bytes).</summary>
    public const long AcknowledgeAfterPayload = 1 << 20;

    private ulong sent;
    private ulong received;
    private ulong acknowledged;
    private ulong acknowledgementSent;
    private long payloadReceived;
    private long payloadAcknowledged;

    /// <summary>The highest sequence number that the other side says it has taken.</summary>
    public ulong Acknowledged => Volatile.Read(ref acknowledged);

    /// <summary>The highest sequence number taken from the other side.</summary>
    public ulong Received => Volatile.Read(ref received);

    /// <summary>Whether the other side has waited long enough for an acknowledgement.</summary>
    public bool AcknowledgementDue => Received - Volatile.Read(ref acknowledgementSent) >= AcknowledgeAfterFrames
        || Volatile.Read(ref payloadReceived) - Volatile.Read(ref payloadAcknowledged) >= AcknowledgeAfterPayload;

    /// <summary>Numbers a frame that is about to be sent for the first time.</summary>
    public void Stamp(Frame frame)
    {
        frame.Epoch = epoch;
        frame.Sequence = sent + 1;
        Volatile.Write(ref sent, frame.Sequence);
        StampAgain(frame);
    }

    /// <summary>Brings up to date what a frame acknowledges that is about to be sent, perhaps again.</summary>
    public void StampAgain(Frame frame) => frame.Acknowledge = TakeAcknowledgement();

    /// <summary>What to acknowledge now; it is no longer due then.</summary>
    public ulong TakeAcknowledgement()
    {
        Volatile.Write(ref payloadAcknowledged, Volatile.Read(ref payloadReceived));
        var acknowledge = Received;
        Volatile.Write(ref acknowledgementSent, acknowledge);
        return acknowledge;
    }

    /// <summary>Takes a frame that arrived.</summary>
    /// <exception cref="LinkProtocolException">It is not the next one of this attachment.</exception>
    public void Accept(Frame frame)
    {
        CheckEpoch(frame.Epoch);
        if (frame.Sequence != received + 1)
            throw new LinkProtocolException(frame.Sequence <= received
                ? $"Frame {frame.Sequence} came again; the next one is {received + 1}."
                : $"Frame {frame.Sequence} came where {received + 1} was due: {frame.Sequence - received - 1} are missing.");
        Accept(frame.Acknowledge);
        Volatile.Write(ref payloadReceived, payloadReceived + frame.PayloadLength);
        Volatile.Write(ref received, frame.Sequence);
    }

    /// <summary>Takes an acknowledgement that came by itself, or with the hellos of a resumption.</summary>
    /// <exception cref="LinkProtocolException">It is of another attachment, goes back, or is of what was never sent.</exception>
    public void Accept(ulong ofEpoch, ulong acknowledge)
    {
        CheckEpoch(ofEpoch);
        Accept(acknowledge);
    }

    private void Accept(ulong acknowledge)
    {
        if (acknowledge > Volatile.Read(ref sent))
            throw new LinkProtocolException($"Frame {acknowledge} was acknowledged, but the last one sent is {sent}.");
        if (acknowledge < acknowledged)
            throw new LinkProtocolException($"Frame {acknowledge} was acknowledged after frame {acknowledged}.");
        Volatile.Write(ref acknowledged, acknowledge);
    }

    private void CheckEpoch(ulong of)
    {
        if (of != epoch) throw new LinkProtocolException($"Frame of epoch {of} on an attachment whose epoch is {epoch}.");
    }
}
