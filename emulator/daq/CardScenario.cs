using Pcie.Emulator.Faults;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Emulator.Daq;

/// <summary>
/// Reads how the card is built from <c>[card]</c> and its tables <c>source</c>, <c>dma</c>, <c>interrupts</c> and <c>fault</c>.
/// </summary>
public static class CardScenario
{
    // The emulator really holds what waits in the FIFO.
    private const long LargestFifo = 256 << 20;

    private static readonly DaqCardOptions Default = new();

    /// <param name="card">The table <c>[card]</c>; every key has a default.</param>
    /// <param name="seed">The run's.</param>
    /// <param name="folder">What a relative path of a file source starts from.</param>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    public static DaqCardOptions Read(ScenarioTable card, ulong seed, string folder)
    {
        var options = new DaqCardOptions
        {
            Seed = seed,
            Name = card.Text("name", Default.Name),
            MsiMessages = Messages(card),
            MsixEntries = (int)card.Integer("msi-x-entries", Default.MsixEntries, min: 0, max: 2048),
        };
        options = ReadSource(card.Table("source"), options, folder);
        options = ReadDma(card.Table("dma"), options);
        options = ReadInterrupts(card.Table("interrupts"), options) with { Faults = FaultScenario.Read(card) };
        card.RefuseUnknownKeys();
        return options;
    }

    private static DaqCardOptions ReadSource(ScenarioTable table, DaqCardOptions options, string folder)
    {
        var kind = table.Choice<SourceKind>("kind", Default.Source);
        var chunk = (int)table.Bytes("chunk", Default.ChunkSize, min: 1, max: DaqCardOptions.LargestChunk);
        options = options with
        {
            Source = kind,
            Path = kind == SourceKind.File ? Path.Combine(folder, table.Text("path")) : null,
            Repeat = kind == SourceKind.File && table.Flag("repeat", false),
            ChunkSize = chunk,
            FifoChunks = (int)table.Integer("fifo-chunks", Default.FifoChunks, min: 1, max: DaqCardOptions.DeepestFifo),
            Period = Period(table, chunk),
            Jitter = table.Has("jitter") ? table.Distribution("jitter") : null,
            FirstChunkAt = table.Has("first-chunk-at") ? table.Duration("first-chunk-at") : null,
            HeaderOnly = table.Flag("header-only", Default.HeaderOnly),
            HashPayload = table.Flag("hash", Default.HashPayload),
        };
        if (kind != SourceKind.File && (table.Has("path") || table.Has("repeat")))
            throw table.Refusal(table.Has("path") ? "path" : "repeat", "only a source of kind = \"file\" has one");
        if (!options.HeaderOnly && (long)chunk * options.FifoChunks > LargestFifo)
            throw table.Refusal("fifo-chunks",
                $"{options.FifoChunks} chunks of {chunk} bytes are more than {LargestFifo >> 20} MiB; lower it, or the chunk");
        if (options.HeaderOnly && options.HashPayload)
            throw table.Refusal("hash", "with header-only = true there is no payload to hash; leave one of them out");
        table.RefuseUnknownKeys();
        return options;
    }

    private static DaqCardOptions ReadDma(ScenarioTable table, DaqCardOptions options)
    {
        options = options with
        {
            DmaBandwidth = table.Rate("bandwidth", Default.DmaBandwidth, min: 1),
            TlpOverhead = (int)table.Bytes("tlp-overhead", Default.TlpOverhead, min: 0, max: 64),
            WhenFull = table.Choice<WhenFull>("when-full", Default.WhenFull),
            MaxSlots = (int)table.Integer("max-slots", Default.MaxSlots, min: 2, max: 1 << 20),
        };
        table.RefuseUnknownKeys();
        return options;
    }

    private static DaqCardOptions ReadInterrupts(ScenarioTable table, DaqCardOptions options)
    {
        options = options with { RearmPolicy = table.Choice<RearmPolicy>("rearm", Default.RearmPolicy) };
        table.RefuseUnknownKeys();
        return options;
    }

    private static int Messages(ScenarioTable card)
    {
        var messages = (int)card.Integer("msi-messages", Default.MsiMessages, min: 1, max: 32);
        return int.IsPow2(messages) ? messages
            : throw card.Refusal("msi-messages", $"{messages} is not a power of two; expected 1, 2, 4, 8, 16 or 32");
    }

    private static Duration Period(ScenarioTable table, int chunk)
    {
        if (!table.Has("rate")) return table.Duration("period", Default.Period, min: new Duration(1));
        if (table.Has("period")) throw table.Refusal("rate", "period says the same already; leave one of them out");
        var rate = table.Rate("rate", min: 1);
        var nanoseconds = (long)(((UInt128)(uint)chunk * 1_000_000_000 + (UInt128)(rate / 2)) / (UInt128)rate);
        return nanoseconds > 0 ? new Duration(nanoseconds)
            : throw table.Refusal("rate", $"chunks of {chunk} bytes would come more often than every nanosecond");
    }
}
