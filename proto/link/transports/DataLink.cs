namespace Pcie.Link.Transports;

/// <summary>
/// The data link layer of one side of one attachment: numbers the frames sent, and checks that those received are the ones that
/// were sent, each once and in order.
/// </summary>
/// <remarks>
/// One thread stamps and one accepts; they may differ. Replay belongs here: <see cref="Acknowledged"/> says up to which frame the
/// other side needs nothing more, and a replay buffer would keep the ones after it.
/// </remarks>
/// <param name="epoch">The attachment's, as in DeviceHello.</param>
public sealed class DataLink(ulong epoch)
{
    private ulong sent;
    private ulong received;
    private ulong acknowledged;

    /// <summary>The highest sequence number that the other side says it has taken.</summary>
    public ulong Acknowledged => Volatile.Read(ref acknowledged);

    /// <summary>Numbers a frame that is about to be sent.</summary>
    public void Stamp(Frame frame)
    {
        frame.Epoch = epoch;
        frame.Sequence = sent + 1;
        frame.Acknowledge = Volatile.Read(ref received);
        Volatile.Write(ref sent, frame.Sequence);
    }

    /// <summary>Takes a frame that arrived.</summary>
    /// <exception cref="LinkProtocolException">It is not the next one of this attachment.</exception>
    public void Accept(Frame frame)
    {
        if (frame.Epoch != epoch)
            throw new LinkProtocolException($"Frame of epoch {frame.Epoch} on an attachment whose epoch is {epoch}.");
        if (frame.Sequence != received + 1)
            throw new LinkProtocolException(frame.Sequence <= received
                ? $"Frame {frame.Sequence} came again; the next one is {received + 1}."
                : $"Frame {frame.Sequence} came where {received + 1} was due: {frame.Sequence - received - 1} are missing.");
        if (frame.Acknowledge > Volatile.Read(ref sent))
            throw new LinkProtocolException($"Frame {frame.Acknowledge} was acknowledged, but the last one sent is {sent}.");
        if (frame.Acknowledge < acknowledged)
            throw new LinkProtocolException($"Frame {frame.Acknowledge} was acknowledged after frame {acknowledged}.");
        Volatile.Write(ref acknowledged, frame.Acknowledge);
        Volatile.Write(ref received, frame.Sequence);
    }
}
