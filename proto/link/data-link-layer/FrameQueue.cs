namespace Pcie.Link.DataLinkLayer;

/// <summary>
/// Frames on their way in one direction, and the credit that they use up. Its owner's lock is held during every call.
/// </summary>
/// <param name="creditPayload">A queue that holds this much payload gives no more credit (bytes).</param>
internal sealed class FrameQueue(long creditPayload = FrameQueue.CreditPayload)
{
    /// <summary>A queue that holds this many frames gives no more credit.</summary>
    public const int CreditFrames = 256;

    /// <summary>The payload at which a queue gives no more credit, unless it says otherwise (bytes).</summary>
    public const int CreditPayload = 16 << 20;

    private const int HardLimitFrames = 64 * CreditFrames;
    private const int HardLimitPayload = 16 * CreditPayload;

    private readonly Queue<Frame> frames = new();
    private int count;
    private long payload;

    /// <summary>What no queue holds more than, credit or not, for a person: a side that only speaks and never listens is left.</summary>
    public static string HardLimit => $"{HardLimitFrames} frames or {HardLimitPayload >> 20} MiB";

    /// <summary>How many there are. May be read without the lock, as a hint.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>Whether the sender should wait. One that may not wait adds all the same.</summary>
    public bool IsFull => frames.Count >= CreditFrames || payload >= creditPayload;

    /// <summary>Whether a sender that waits goes on waiting: it is woken for half a queue, and not for each frame.</summary>
    public bool IsHalfFull => frames.Count >= CreditFrames / 2 || payload >= creditPayload / 2;

    /// <summary>Whether even a sender that may not wait must not add.</summary>
    public bool IsAtHardLimit => frames.Count >= HardLimitFrames || payload >= HardLimitPayload;

    public void Add(Frame frame)
    {
        frames.Enqueue(frame);
        payload += frame.PayloadLength;
        Volatile.Write(ref count, frames.Count);
    }

    /// <summary>The next frame, which stays here; null if there is none.</summary>
    public Frame? Peek() => frames.TryPeek(out var frame) ? frame : null;

    public Frame? Take()
    {
        if (!frames.TryDequeue(out var frame)) return null;
        payload -= frame.PayloadLength;
        Volatile.Write(ref count, frames.Count);
        return frame;
    }
}
