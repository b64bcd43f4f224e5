using Pcie.Scenario;

namespace Pcie.DriverModel.Daq.Application;

/// <summary>What the application does with the data.</summary>
[Table("host.reader", "The application that takes chunks out of the driver's cyclic buffer.")]
public sealed record ReaderOptions
{
    [Key("cyclic-buffer-chunks", "Chunks that the cyclic buffer holds; a full one refuses.", Min = 1, Max = 1_000_000)]
    public int CyclicBufferChunks { get; init; } = 256;

    [Key("rate", "How fast the reader takes payload; \"0 B/s\" for as fast as it comes.", Unit = Unit.BytesPerSecond)]
    public long BytesPerSecond { get; init; }

    [Key("hash", "Whether the reader keeps the SHA-256 of the payload, to compare with the card's.")]
    public bool Hash { get; init; }
}
