using System.Collections.Concurrent;

namespace Pcie.Link;

/// <summary>Frames to use again. Safe from any thread.</summary>
/// <remarks>
/// Renting allocates only when the pool is empty; at most <see cref="Kept"/> frames are kept, of <see cref="KeptBytes"/> together, and the last one:
/// a peer that once sends the largest frames there are does not leave their size behind.
/// </remarks>
public sealed class FramePool
{
    private const int Kept = 64;
    private const long KeptBytes = 128 << 20;

    private readonly ConcurrentQueue<Frame> free = new();
    private long bytes;

    // Given back last, and rented first: an engine that takes a frame and sends one needs no other, and has it in its cache.
    private Frame? last;

    /// <summary>An empty frame.</summary>
    public Frame Rent()
    {
        if (last is not null && Interlocked.Exchange(ref last, null) is { } latest) return latest;
        if (!free.TryDequeue(out var frame)) return new Frame();
        Interlocked.Add(ref bytes, -frame.Capacity);
        return frame;
    }

    /// <summary>Gives a frame back; its sender must not touch it afterwards.</summary>
    public void Return(Frame frame)
    {
        frame.Clear();
        if (last is null && Interlocked.CompareExchange(ref last, frame, null) is null) return;
        if (free.Count >= Kept || Interlocked.Read(ref bytes) + frame.Capacity > KeptBytes) return;
        Interlocked.Add(ref bytes, frame.Capacity);
        free.Enqueue(frame);
    }
}
