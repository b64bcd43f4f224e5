using Pcie.Randomness;

namespace Pcie.Emulator.Sources;

/// <summary>Pseudo-random bytes from the run's seed.</summary>
/// <param name="seed">The run's.</param>
/// <param name="name">Of the stream that they are of.</param>
public sealed class RandomSource(ulong seed, string name = "card.source") : IChunkSource
{
    private RandomStream stream = new(seed, name);

    public bool HasNext => true;

    public int Next(Span<byte> payload, int chunkSize)
    {
        stream.Fill(payload);
        return chunkSize;
    }

    public void Rewind() => stream = new RandomStream(seed, name);

    public void Dispose()
    {
        // Holds nothing.
    }
}
