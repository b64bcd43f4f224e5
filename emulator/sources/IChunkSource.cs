namespace Pcie.Emulator.Sources;

/// <summary>Where the payload of chunks comes from. The same run gives the same bytes.</summary>
public interface IChunkSource : IDisposable
{
    /// <summary>Whether there is another chunk.</summary>
    bool HasNext { get; }

    /// <summary>Takes the next chunk.</summary>
    /// <param name="payload">Filled from its start; empty if nobody wants the bytes.</param>
    /// <param name="chunkSize">Largest chunk, in bytes: the length of <paramref name="payload"/>, unless that is empty.</param>
    /// <returns>Bytes of the chunk, 1 to <paramref name="chunkSize"/>; less than that only where the data end.</returns>
    int Next(Span<byte> payload, int chunkSize);

    /// <summary>Back to the first chunk.</summary>
    void Rewind();
}
