namespace Pcie.Link.DataLinkLayer;

/// <summary>
/// The frames of one direction that the other side has not acknowledged yet, to be sent again should the connection be lost: PCIe's replay
/// buffer (Base Specification 3.6.2.1). It is bounded: while it is full, nothing new is sent, and nothing is ever dropped from it.
/// </summary>
/// <remarks>Not safe from several threads; its owner's lock is held during every call. Allocates nothing after construction.</remarks>
/// <param name="pool">Where acknowledged frames go back to.</param>
/// <param name="maxFrames">A buffer that holds this many takes no more.</param>
/// <param name="maxPayload">A buffer that holds this much payload takes no more (bytes); the last one taken may exceed it.</param>
public sealed class ReplayBuffer(FramePool pool, int maxFrames = ReplayBuffer.DefaultMaxFrames, long maxPayload = ReplayBuffer.DefaultMaxPayload)
{
    /// <summary>As long as a <see cref="FrameQueue"/>.</summary>
    public const int DefaultMaxFrames = FrameQueue.CreditFrames;

    /// <summary>As large as a <see cref="FrameQueue"/> (bytes).</summary>
    public const long DefaultMaxPayload = FrameQueue.CreditPayload;

    // A ring: the frame of sequence s is at s mod length.
    private readonly Frame?[] ring = new Frame?[maxFrames];
    private ulong acknowledged;
    private ulong added;
    private ulong sent;
    private ulong? writing;

    /// <summary>Frames held.</summary>
    public int Count { get; private set; }

    /// <summary>Payload held (bytes).</summary>
    public long Payload { get; private set; }

    public bool IsFull => Count >= maxFrames || Payload >= maxPayload;

    /// <summary>Whether a frame waits to be sent, for the first time or again.</summary>
    public bool HasNext => sent < added;

    /// <summary>Keeps a frame that is about to be sent; its sequence number is the one after the last.</summary>
    public void Add(Frame frame)
    {
        if (IsFull) throw new InvalidOperationException("The replay buffer is full; its sender should have waited.");
        if (frame.Sequence != added + 1)
            throw new ArgumentException($"Frame {frame.Sequence} came where {added + 1} was due.", nameof(frame));
        added = frame.Sequence;
        ring[added % (ulong)ring.Length] = frame;
        Count++;
        Payload += frame.PayloadLength;
    }

    /// <summary>The next frame to write to the connection; it stays here. <see cref="Written"/> must follow.</summary>
    public Frame? Next()
    {
        if (!HasNext) return null;
        writing = ++sent;
        return ring[sent % (ulong)ring.Length];
    }

    /// <summary>The frame that <see cref="Next"/> gave is not looked at any more.</summary>
    public void Written()
    {
        writing = null;
        Release();
    }

    /// <summary>The other side needs nothing up to this one.</summary>
    /// <param name="through">Not less than before, and not beyond what was added.</param>
    public void Acknowledge(ulong through)
    {
        acknowledged = through;
        Release();
    }

    /// <summary>A new connection begins: everything after what the other side has is sent again.</summary>
    public void Rewind(ulong received)
    {
        Acknowledge(received);
        sent = received;
    }

    /// <summary>The session is over: gives all frames back.</summary>
    public void Clear()
    {
        sent = added;
        Acknowledge(added);
    }

    // A frame that is being written must not be used again before that has ended, even if a peer acknowledges what it cannot have yet.
    private void Release()
    {
        for (var oldest = added - (ulong)Count + 1; oldest <= acknowledged && oldest != writing && Count > 0; oldest++)
        {
            ref var slot = ref ring[oldest % (ulong)ring.Length];
            Count--;
            Payload -= slot!.PayloadLength;
            pool.Return(slot);
            slot = null;
        }
    }
}
