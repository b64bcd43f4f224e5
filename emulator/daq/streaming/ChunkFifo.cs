namespace Pcie.Emulator.Daq.Streaming;

/// <summary>Chunks that wait inside the card, oldest first. Buffers are swapped, never copied and never made anew.</summary>
internal sealed class ChunkFifo
{
    private readonly ChunkBuffer[] chunks;
    private int first;

    /// <param name="free">A buffer for each place.</param>
    public ChunkFifo(ChunkBuffer[] free) => chunks = free;

    /// <summary>Chunks that wait.</summary>
    public int Count { get; private set; }

    /// <summary>The most that ever waited.</summary>
    public int HighWater { get; private set; }

    public bool IsEmpty => Count == 0;

    public bool IsFull => Count == chunks.Length;

    /// <summary>Puts a chunk behind the others; there must be room.</summary>
    /// <returns>A free buffer.</returns>
    public ChunkBuffer Put(ChunkBuffer chunk)
    {
        ref var place = ref chunks[(first + Count) % chunks.Length];
        (place, var free) = (chunk, place);
        HighWater = Math.Max(HighWater, ++Count);
        return free;
    }

    /// <summary>Takes the oldest chunk; there must be one.</summary>
    /// <param name="free">A buffer in its stead.</param>
    public ChunkBuffer Take(ChunkBuffer free)
    {
        ref var place = ref chunks[first];
        (place, var chunk) = (free, place);
        first = (first + 1) % chunks.Length;
        Count--;
        return chunk;
    }
}
