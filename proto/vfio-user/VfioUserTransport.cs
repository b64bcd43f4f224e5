using Pcie.Link;
using Pcie.Pci;
using Pcie.VfioUser.Memory;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser;

/// <summary>
/// The device's end of a link whose host is a client of vfio-user, QEMU for one: the guest's accesses come as the frames of any host, and what the
/// card sends goes into the guest's memory and to its interrupts. An access is answered on the thread on which it comes, in turn with the card's
/// engine, whose own thread waits for the card's next event, and for a client that does not take what it was sent. Whoever takes frames by himself
/// has all of it on his own thread.
/// <code>
/// guest ── QEMU ══ socket ══ CommandServer ──► ToCard ──► card
///            ╚═══ memory, eventfds ═══ GuestBus ◄──────── card
/// </code>
/// </summary>
/// <remarks>Carrying accesses and DMA allocates nothing in steady state.</remarks>
public sealed class VfioUserTransport : ILinkTransport
{
    // A frame with so many is handed to the card, whatever else has come.
    private const int MostRequests = 256;

    private readonly MessageSocket socket;
    private readonly GuestMemory memory = new();
    private readonly ToCard card;
    private readonly CommandServer commands;
    private readonly GuestBus bus;
    private Receiver? receiver;
    private LinkDown? down;
    private bool isEnumerated;

    /// <param name="socket">Versions have been exchanged. Disposed with this.</param>
    /// <param name="maxData">Most bytes of data of a message to the client.</param>
    /// <param name="patience">How long the card may take to answer; what is read after that reads as ones.</param>
    internal VfioUserTransport(MessageSocket socket, int maxData, VfioUserCounters counters, TimeSpan patience)
    {
        this.socket = socket;
        card = new ToCard(Pool);
        commands = new CommandServer(socket, card, memory, counters, patience);
        bus = new GuestBus(socket, card, commands, memory, counters, Pool, maxData);
    }

    /// <inheritdoc/>
    public FramePool Pool { get; } = new();

    /// <summary>A file descriptor that ends a wait as well, when there is something to be read from it; -1 for none.</summary>
    public int AlsoAwaited
    {
        set => socket.AlsoAwaited = value;
    }

    /// <inheritdoc/>
    public LinkDown? Down => Volatile.Read(ref down);

    /// <inheritdoc/>
    public long FramesDiscarded { get; private set; }

    /// <summary>Ranges of guest memory, and files that they lie in; for tests.</summary>
    internal (int Ranges, int Files) Mapped => (memory.Count, memory.Files);

    /// <inheritdoc/>
    /// <remarks>Never waits.</remarks>
    public void Send(Frame frame)
    {
        if (Down is not null)
        {
            FramesDiscarded++;
            Pool.Return(frame);
            return;
        }
        bus.Take(frame);
        if (bus.IsAtLimit) Close(new LinkDown(LinkDownReason.ProtocolError, "The client leaves the card's accesses to its memory unanswered."));
    }

    /// <inheritdoc/>
    public void WaitForCredit()
    {
        if (receiver is not null)
        {
            WaitForReplies(receiver.EngineLock);
            return;
        }
        while (bus.IsFull && Down is null)
        {
            TakeMessages(repliesOnly: true);
            // A client that has asked something answers nothing before it has been answered.
            if (!bus.IsFull || socket.IsHeldUp || Down is not null || !socket.Wait(Timeout.InfiniteTimeSpan)) return;
            socket.SendRest();
        }
    }

    /// <inheritdoc/>
    public Frame? Receive(TimeSpan timeout)
    {
        Enumerate();
        commands.Delivered();
        if (Look() is { } frame) return frame;
        // Also where there is no time to wait: what has come meanwhile is found out by waiting.
        return Down is null && socket.Wait(Sooner(timeout)) ? Look() : null;
    }

    /// <inheritdoc/>
    /// <remarks>The client's frames are taken as they come, from now on; null is returned.</remarks>
    public Frame? Receive(TimeSpan timeout, Action<Frame> take, Lock engineLock)
    {
        TimeSpan wait;
        lock (engineLock)
        {
            Enumerate();
            Deliver(take);
            receiver ??= new Receiver(socket, engineLock, () => TakeTurn(take));
            receiver.CheckFailure();
            socket.SendRest();
            commands.LookAtClock();
            // Held up, the receiver does not ask by itself.
            if (socket.Ended is not null || socket.IsHeldUp && !commands.IsBusy && !socket.HasUnsent) receiver.Resume();
            wait = Sooner(timeout);
        }
        if (Down is null) socket.WaitToSend(wait);
        return null;
    }

    /// <inheritdoc/>
    public void Close(LinkDown reason)
    {
        if (Interlocked.CompareExchange(ref down, reason, null) is not null) return;
        socket.Wake();
        Volatile.Read(ref receiver)?.End();
    }

    /// <inheritdoc/>
    public void Wake() => socket.Wake();

    /// <inheritdoc/>
    public void Dispose()
    {
        Close(new LinkDown(LinkDownReason.PeerGone, "The device was shut down."));
        receiver?.Dispose();
        bus.Discard();
        commands.Dispose();
        memory.Dispose();
        socket.Dispose();
    }

    private void Enumerate()
    {
        if (isEnumerated) return;
        isEnumerated = true;
        commands.Enumerate();
    }

    // On the receiver's thread. What takes time from here on is the other one's to wait for.
    private bool TakeTurn(Action<Frame> take)
    {
        var wasFull = bus.IsFull;
        for (TakeMessages(repliesOnly: false); card.Count > 0; TakeMessages(repliesOnly: false)) Deliver(take);
        if (commands.IsBusy || socket.HasUnsent || wasFull && !bus.IsFull) socket.Wake();
        return !socket.IsHeldUp && socket.Ended is null;
    }

    private void Deliver(Action<Frame> take)
    {
        while (card.Take() is { } frame)
        {
            take(frame);
            commands.Delivered();
        }
    }

    // The receiver takes them.
    private void WaitForReplies(Lock engineLock)
    {
        do
        {
            lock (engineLock)
            {
                socket.SendRest();
                if (!bus.IsFull || socket.IsHeldUp || Down is not null) return;
            }
        }
        while (socket.WaitToSend(Timeout.InfiniteTimeSpan));
    }

    private Frame? Look()
    {
        socket.SendRest();
        TakeMessages(repliesOnly: false);
        commands.LookAtClock();
        return card.Take();
    }

    private TimeSpan Sooner(TimeSpan timeout)
    {
        if (!commands.IsBusy) return timeout;
        var patience = commands.Patience > TimeSpan.Zero ? commands.Patience : TimeSpan.Zero;
        return timeout < TimeSpan.Zero || patience < timeout ? patience : timeout;
    }

    // The client's next command waits for the answer to the one before, and until the client has taken what it was sent.
    private void TakeMessages(bool repliesOnly)
    {
        try
        {
            while (Down is null && card.Count < MostRequests && socket.TryTake(repliesOnly || commands.IsBusy || socket.HasUnsent, out var message))
            {
                if (message.Header.IsReply) bus.TakeReply(message);
                else commands.Take(message);
            }
        }
        catch (InvalidDataException e)
        {
            Close(new LinkDown(LinkDownReason.ProtocolError, $"The client broke the protocol: {e.Message}."));
            return;
        }
        if (socket is { Ended: { } why, IsHeldUp: false, HasUnsent: false })
            Close(new LinkDown(socket.EndedInOrder ? LinkDownReason.Detached : LinkDownReason.PeerGone, $"The client is gone: {why}."));
    }
}
