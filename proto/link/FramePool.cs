using System.Collections.Concurrent;

namespace Pcie.Link;

/// <summary>Frames to use again. Safe from any thread.</summary>
/// <remarks>Renting allocates only when the pool is empty; at most <see cref="Kept"/> frames are kept.</remarks>
public sealed class FramePool
{
    private const int Kept = 64;
    private readonly ConcurrentQueue<Frame> free = new();

    /// <summary>An empty frame.</summary>
    public Frame Rent() => free.TryDequeue(out var frame) ? frame : new Frame();

    /// <summary>Gives a frame back; its sender must not touch it afterwards.</summary>
    public void Return(Frame frame)
    {
        frame.Clear();
        if (free.Count < Kept) free.Enqueue(frame);
    }
}
