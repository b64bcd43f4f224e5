using Pcie.Randomness;

namespace Pcie.Emulator.Sources;

/// <summary>Pseudo-random bytes from the run's seed.</summary>
/// <param name="seed">The run's.</param>
public sealed class RandomSource(ulong seed) : IChunkSource
{
    private const string StreamName = "card.source";

    private RandomStream stream = new(seed, StreamName);

    public bool HasNext => true;

    public int Next(Span<byte> payload, int chunkSize)
    {
        stream.Fill(payload);
        return chunkSize;
    }

    public void Rewind() => stream = new RandomStream(seed, StreamName);

    public void Dispose()
    {
        // Holds nothing.
    }
}
