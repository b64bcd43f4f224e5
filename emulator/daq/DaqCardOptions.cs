using Pcie.Emulator.Faults;
using Pcie.Emulator.Sources;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Emulator.Daq;

/// <summary>Which data the card acquires.</summary>
public enum SourceKind
{
    /// <inheritdoc cref="CounterSource"/>
    Counter,

    /// <inheritdoc cref="RandomSource"/>
    Random,

    /// <inheritdoc cref="FileSource"/>
    File,
}

/// <summary>How a data-acquisition card is built: everything that its driver cannot change.</summary>
public sealed record DaqCardOptions
{
    /// <summary>Largest chunk that <see cref="ChunkSize"/> may ask for, in bytes.</summary>
    public const int LargestChunk = 4 << 20;

    /// <summary>Most chunks that <see cref="FifoChunks"/> may ask for.</summary>
    public const int DeepestFifo = 4096;

    /// <summary>For a person.</summary>
    public string Name { get; init; } = "daq";

    /// <summary>MSI messages asked for: 1, 2, 4, 8, 16 or 32.</summary>
    public int MsiMessages { get; init; } = 8;

    /// <summary>Entries of the MSI-X table, 1 to 2048; 0 for a card without MSI-X.</summary>
    public int MsixEntries { get; init; } = 8;

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where the payload comes from.</summary>
    public SourceKind Source { get; init; }

    /// <summary>For a file source: which.</summary>
    public string? Path { get; init; }

    /// <summary>For a file source: whether it begins anew after its end.</summary>
    public bool Repeat { get; init; }

    /// <summary>Payload of a chunk in bytes, 1 to <see cref="LargestChunk"/>.</summary>
    public int ChunkSize { get; init; } = 4096;

    /// <summary>Time from chunk to chunk.</summary>
    public Duration Period { get; init; } = Duration.FromMilliseconds(1);

    /// <summary>How much later than its period a chunk comes; null for never.</summary>
    public Distribution? Jitter { get; init; }

    /// <summary>
    /// When the first chunk comes, since the run began, or when the source is started if that is later; null: a period after
    /// that.
    /// </summary>
    public Duration? FirstChunkAt { get; init; }

    /// <summary>Only chunk headers are written; the payload counts in time alone.</summary>
    public bool HeaderOnly { get; init; }

    /// <summary>Whether the SHA-256 of the payload is kept.</summary>
    public bool HashPayload { get; init; }

    /// <summary>Chunks that the card holds besides the one in transfer, 1 to <see cref="DeepestFifo"/>.</summary>
    public int FifoChunks { get; init; } = 1;

    /// <summary>What the DMA core moves, in bytes a second.</summary>
    public long DmaBandwidth { get; init; } = 1_000_000_000;

    /// <summary>
    /// What each TLP of a transfer costs besides its payload, in bytes at <see cref="DmaBandwidth"/>: 20 for a header of three DWs with
    /// its framing, sequence number and LCRC, 24 for one of four; 0 if the bandwidth is meant to be net.
    /// </summary>
    public int TlpOverhead { get; init; }

    /// <summary>Most slots of a ring.</summary>
    public int MaxSlots { get; init; } = 1024;

    /// <summary>Reset value of DMA_CONTROL.WHEN_FULL.</summary>
    public WhenFull WhenFull { get; init; }

    /// <summary>Reset value of INT_POLICY.</summary>
    public RearmPolicy RearmPolicy { get; init; }

    /// <summary>What is to go wrong.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>Opens the source.</summary>
    /// <exception cref="IOException">The file cannot be opened, or is empty.</exception>
    public IChunkSource CreateSource() => Source switch
    {
        SourceKind.Counter => new CounterSource(),
        SourceKind.Random => new RandomSource(Seed),
        _ => new FileSource(Path ?? throw new InvalidOperationException("A file source needs a path."), Repeat),
    };
}
