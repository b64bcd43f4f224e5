namespace Pcie.DriverModel.Daq.Application;

/// <summary>What the application does with the data.</summary>
public sealed record ReaderOptions
{
    /// <summary>Chunks that the cyclic buffer holds.</summary>
    public int CyclicBufferChunks { get; init; } = 256;

    /// <summary>How fast the reader takes payload; 0 for as fast as it comes.</summary>
    public long BytesPerSecond { get; init; }

    /// <summary>Whether the payload's SHA-256 is kept, to compare with the card's.</summary>
    public bool Hash { get; init; }
}
