using Pcie.Emulator.Faults;
using Pcie.Emulator.Sources;
using Pcie.Randomness;
using Pcie.Scenario;
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
[Table("card", "The card: everything that its driver cannot change.")]
[Table("card.source", "Where the card's data come from, and when.")]
[Table("card.dma", "The card's DMA core.")]
[Table("card.interrupts", "The card's interrupt core.")]
public sealed record DaqCardOptions
{
    /// <summary>Largest chunk that <see cref="ChunkSize"/> may ask for, in bytes.</summary>
    public const int LargestChunk = 4 << 20;

    /// <summary>Most chunks that <see cref="FifoChunks"/> may ask for.</summary>
    public const int DeepestFifo = 4096;

    // The emulator really holds what waits in the FIFO.
    private const long LargestFifo = 256 << 20;

    [Key("name", "What the card is called in the trace and to a person.")]
    public string Name { get; init; } = "daq";

    [Key("msi-messages", "MSI messages that the card asks for. The host may grant fewer.", Min = 1, Max = 32, IsPowerOfTwo = true)]
    public int MsiMessages { get; init; } = 8;

    [Key("msi-x-entries", "Entries of the card's MSI-X table; 0 for a card without MSI-X.", Min = 0, Max = 2048)]
    public int MsixEntries { get; init; } = 8;

    /// <summary>The run's seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>What the names of the card's random streams begin with: another for each card of a host.</summary>
    public string Streams { get; init; } = "card";

    internal string SourceStream => $"{Streams}.source";

    internal string JitterStream => $"{SourceStream}.jitter";

    [Key("source.kind", "What is in the chunks: a counter, seeded pseudo-random bytes, or a file.")]
    public SourceKind Source { get; init; }

    [Key("source.path", "The file; a relative path starts from the folder of the file that says it. With kind = \"file\" only, and required then.")]
    public string? Path { get; init; }

    [Key("source.repeat", "Whether the file begins anew after its end. With kind = \"file\" only.")]
    public bool Repeat { get; init; }

    [Key("source.chunk", "Payload of a chunk.", Unit = Unit.Bytes, Min = 1, Max = LargestChunk)]
    public int ChunkSize { get; init; } = 4096;

    [Key("source.period", "Time from chunk to chunk.", Min = 1)]
    public Duration Period { get; init; } = Duration.FromMilliseconds(1);

    [Key("source.rate", "The same as a data rate: the period is chunk / rate. Instead of period.", Unit = Unit.BytesPerSecond, Min = 1)]
    public long Rate { init => Period = new Duration((long)(((UInt128)(uint)ChunkSize * 1_000_000_000 + (UInt128)(value / 2)) / (UInt128)value)); }

    [Key("source.jitter", "How much later than its period a chunk comes. It moves that chunk and not the ones after it; none if left out.")]
    public Distribution? Jitter { get; init; }

    [Key("source.first-chunk-at", "When the first chunk comes, since the run began, or when the source is started if that is later; a period after "
        + "the source was started if left out.")]
    public Duration? FirstChunkAt { get; init; }

    [Key("source.header-only", "Only chunk headers are really written to host memory: the payload counts in time alone, so that a day's run does "
        + "not move terabytes.")]
    public bool HeaderOnly { get; init; }

    [Key("source.hash", "Whether the card keeps the SHA-256 of the payload. Not with header-only.")]
    public bool HashPayload { get; init; }

    [Key("source.fifo-chunks", "Chunks that the card's FIFO holds, besides the one in transfer; what finds it full is dropped. 256 MiB at most.",
        Min = 1, Max = DeepestFifo)]
    public int FifoChunks { get; init; } = 1;

    [Key("dma.bandwidth", "What it moves to host memory.", Unit = Unit.BytesPerSecond, Min = 1)]
    public long DmaBandwidth { get; init; } = 1_000_000_000;

    [Key("dma.tlp-overhead", "What each TLP costs besides its payload: 20 B for a header of three DWs with framing and LCRC, 24 B for one of four, "
        + "\"0 B\" if the bandwidth is net. Transfers are split at 4 KiB and at Max_Payload_Size.", Unit = Unit.Bytes, Max = 64)]
    public int TlpOverhead { get; init; }

    [Key("dma.when-full", "Reset value of DMA_CONTROL.WHEN_FULL; the driver model's when-full is written over it.")]
    public WhenFull WhenFull { get; init; }

    [Key("dma.max-slots", "Most slots of a ring.", Min = 2, Max = 1 << 20)]
    public int MaxSlots { get; init; } = 1024;

    [Key("interrupts.rearm", "Reset value of INT_POLICY; the driver model's rearm-policy is written over it.")]
    public RearmPolicy RearmPolicy { get; init; }

    [Key("fault", Fault.Sentence)]
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <param name="file">The scenario; every key of the card has a default.</param>
    /// <param name="seed">The run's.</param>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    public static DaqCardOptions Read(ScenarioFile file, ulong seed)
    {
        var card = file.TableOf<DaqCardOptions>();
        var options = card.Read<DaqCardOptions>() with { Seed = seed, Streams = file.CardStreams, Faults = Fault.ReadAll(card) };
        var source = card.Table("source");
        source.Only("rate", !source.Has("period"), "period says the same already; leave one of them out");
        source.Only("rate", options.Period > Duration.Zero, $"chunks of {options.ChunkSize} bytes would come more often than every nanosecond");
        foreach (var key in (ReadOnlySpan<string>)["path", "repeat"])
            source.Only(key, options.Source == SourceKind.File, "only a source of kind = \"file\" has one");
        if (!options.HeaderOnly && (long)options.ChunkSize * options.FifoChunks > LargestFifo)
            throw source.Refusal("fifo-chunks",
                $"{options.FifoChunks} chunks of {options.ChunkSize} bytes are more than {LargestFifo >> 20} MiB; lower it, or the chunk");
        if (options.HeaderOnly && options.HashPayload)
            throw source.Refusal("hash", "with header-only = true there is no payload to hash; leave one of them out");
        return options.Source == SourceKind.File ? options with { Path = source.FilePath("path") } : options;
    }

    /// <summary>Opens the source.</summary>
    /// <exception cref="IOException">The file cannot be opened, or is empty.</exception>
    public IChunkSource CreateSource() => Source switch
    {
        SourceKind.Counter => new CounterSource(),
        SourceKind.Random => new RandomSource(Seed, SourceStream),
        _ => new FileSource(Path ?? throw new InvalidOperationException("A file source needs a path."), Repeat),
    };
}
