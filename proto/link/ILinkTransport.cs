using Pcie.Pci;
using Pcie.Pci.Memory;

namespace Pcie.Link;

/// <summary>
/// The physical layer: carries frames in order, each exactly once, until the link goes down. Which medium lies underneath is decided by
/// URI, and the layers above do not know. One engine thread per side sends and receives.
/// </summary>
public interface ILinkTransport : IDisposable
{
    /// <summary>Where frames to send come from and received ones go back to.</summary>
    FramePool Pool { get; }

    /// <summary>Why the link is down; null while it is up. Set once; frames received before that can still be taken.</summary>
    LinkDown? Down { get; }

    /// <summary>Whether frames can go now: false while the connection beneath is lost and may come back.</summary>
    bool IsConnected => Down is null;

    /// <summary>Whether the other side is told of the card's interrupt line: a host that does not ask for it sees messages of MSI alone.</summary>
    bool CarriesInterruptLine => true;

    /// <summary>
    /// Sends a frame, which belongs to the transport from then on. Blocks while the other side's credit is used up (the bus calls it
    /// flow control). On a link that is down the frame is discarded and counted in <see cref="FramesDiscarded"/>.
    /// </summary>
    void Send(Frame frame);

    /// <summary>
    /// As <see cref="Send"/>, but never waits: for whoever holds what others wait for. It should <see cref="WaitForCredit"/> before more.
    /// </summary>
    void Post(Frame frame) => Send(frame);

    /// <summary>
    /// Whether the engine's own threads carry frames, so that payloads need not lie in a frame: <see cref="Post(in Tlp, ReadOnlySpan{byte})"/> has
    /// read one when it returns, and <see cref="Receive(TimeSpan, Action{Frame}, Lock)"/> has frames taken where they lie, on the calling thread.
    /// </summary>
    bool IsDirect => false;

    /// <summary>Posts a frame of one TLP.</summary>
    void Post(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        var frame = Pool.Rent();
        frame.Add(tlp, payload);
        Post(frame);
    }

    /// <summary>Waits while <see cref="Send"/> would, or until <see cref="Wake"/>.</summary>
    void WaitForCredit()
    {
    }

    /// <summary>Takes the next frame received. Waits up to <paramref name="timeout"/>: never if it is zero, without an end if negative.</summary>
    /// <returns>The frame, or null when none came in time or the link is down and all its frames have been taken.</returns>
    Frame? Receive(TimeSpan timeout);

    /// <summary>
    /// As <see cref="Receive(TimeSpan)"/>; but a transport whose frames arrive on a thread of its own may have them taken there while this waits, so
    /// that no thread is woken for them; and one that is <see cref="IsDirect"/> may have one taken here, and return null. A device's long write may
    /// come in parts there, each a write in a frame of its own.
    /// </summary>
    /// <param name="take">
    /// Takes a frame, in order, one at a time, and gives it back before it returns. It throws nothing, and does not wait for this transport.
    /// </param>
    /// <param name="engineLock">Held while the engine sends and takes: for a transport whose own state is changed by both.</param>
    Frame? Receive(TimeSpan timeout, Action<Frame> take, Lock engineLock) => Receive(timeout);

    /// <summary>
    /// Ends the link from this side, saying why; frames sent before still go out. With <see cref="LinkDownReason.Detached"/> the other side
    /// sees a detachment, else a surprise removal or a protocol error. Does nothing on a link that is down.
    /// </summary>
    void Close(LinkDown reason);

    /// <summary>Makes a <see cref="Receive(TimeSpan)"/> that waits return null now. Safe from any thread.</summary>
    void Wake();

    long FramesDiscarded { get; }

    /// <summary>At the host's end: where memory comes from, if the device reaches it by itself and not by TLPs; else null.</summary>
    IHostMemoryBacking? Memory => null;
}
