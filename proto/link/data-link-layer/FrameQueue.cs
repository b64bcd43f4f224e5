namespace Pcie.Link.DataLinkLayer;

/// <summary>
/// Frames on their way in one direction, and the credit that they use up. Its owner's gate is held during every call.
/// </summary>
internal sealed class FrameQueue
{
    /// <summary>A queue that holds this many frames gives no more credit.</summary>
    public const int MaxFrames = 256;

    /// <summary>A queue that holds this much payload gives no more credit (bytes).</summary>
    public const int MaxPayload = 16 << 20;

    /// <summary>No queue holds more frames than this, credit or not: a side that only asks and never listens is left.</summary>
    public const int MostFrames = 64 * MaxFrames;

    /// <summary>The same for payload (bytes).</summary>
    public const int MostPayload = 16 * MaxPayload;

    private readonly Queue<Frame> frames = new();
    private int count;
    private long payload;

    /// <summary>How many there are. May be read without the gate, as a hint.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>Whether the sender should wait. One that may not wait adds all the same.</summary>
    public bool IsFull => frames.Count >= MaxFrames || payload >= MaxPayload;

    /// <summary>Whether even one who may not wait must not add.</summary>
    public bool IsBeyondHope => frames.Count >= MostFrames || payload >= MostPayload;

    public void Add(Frame frame)
    {
        frames.Enqueue(frame);
        payload += frame.PayloadLength;
        Volatile.Write(ref count, frames.Count);
    }

    public Frame? Take()
    {
        if (!frames.TryDequeue(out var frame)) return null;
        payload -= frame.PayloadLength;
        Volatile.Write(ref count, frames.Count);
        return frame;
    }
}
