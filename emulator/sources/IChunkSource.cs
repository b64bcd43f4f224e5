namespace Pcie.Emulator.Sources;

/// <summary>Where the payload of chunks comes from. The same run gives the same bytes.</summary>
public interface IChunkSource : IDisposable
{
    /// <summary>Whether there is another chunk.</summary>
    bool HasNext { get; }

    /// <summary>Bytes to its end; null if it has none.</summary>
    long? BytesLeft => null;

    /// <summary>Takes the next chunk.</summary>
    /// <param name="payload">Filled from its start; empty if nobody wants the bytes.</param>
    /// <param name="chunkSize">Largest chunk, in bytes: the length of <paramref name="payload"/>, unless that is empty.</param>
    /// <returns>Bytes of the chunk, 1 to <paramref name="chunkSize"/>; less than that only where the data end.</returns>
    /// <exception cref="IOException">The bytes that the source is made of are not there any more.</exception>
    int Next(Span<byte> payload, int chunkSize);

    /// <summary>Back to the first chunk.</summary>
    void Rewind();
}
