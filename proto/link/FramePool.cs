using System.Collections.Concurrent;

namespace Pcie.Link;

/// <summary>Frames to use again. Safe from any thread.</summary>
/// <remarks>
/// Renting allocates only when the pool is empty; at most <see cref="Kept"/> frames are kept, of <see cref="KeptBytes"/> together: a peer that
/// once sends the largest frames there are does not leave their size behind.
/// </remarks>
public sealed class FramePool
{
    private const int Kept = 64;
    private const long KeptBytes = 128 << 20;

    private readonly ConcurrentQueue<Frame> free = new();
    private long bytes;

    /// <summary>An empty frame.</summary>
    public Frame Rent()
    {
        if (!free.TryDequeue(out var frame)) return new Frame();
        Interlocked.Add(ref bytes, -frame.Capacity);
        return frame;
    }

    /// <summary>Gives a frame back; its sender must not touch it afterwards.</summary>
    public void Return(Frame frame)
    {
        frame.Clear();
        if (free.Count >= Kept || Interlocked.Read(ref bytes) + frame.Capacity > KeptBytes) return;
        Interlocked.Add(ref bytes, frame.Capacity);
        free.Enqueue(frame);
    }
}
