using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Card;

namespace Pcie.Emulator.Rtl;

/// <summary>How the data-acquisition card in RTL is built: what a scenario says of the card, as constant pins and as a trigger.</summary>
internal sealed class DaqStraps
{
    // Of daq_card.sv.
    private const int Slots = 1024, Buffers = 64, PayloadBytes = 512 << 10;

    // Bits behind the point of cfg_cycles_per_byte.
    private const int Point = 32;

    /// <exception cref="NotSupportedException">The RTL cannot be built so.</exception>
    public DaqStraps(DaqCardOptions options, RtlConfig config)
    {
        if (WhyNot(options) is { } why) throw new NotSupportedException(why);
        var identity = DaqCard.IdentityOf(options);
        var clock = (ulong)config.Clock.Nanoseconds;
        // Rounded up: no transfer is faster than the bandwidth.
        var cyclesPerByte = (((UInt128)1_000_000_000 << Point) + (UInt128)((ulong)options.DmaBandwidth * clock) - 1)
            / ((UInt128)(ulong)options.DmaBandwidth * clock);
        Config = config with
        {
            Name = identity.Name, Bars = identity.Bars,
            Pins = new Dictionary<string, ulong>(config.Pins)
            {
                ["cfg_chunk_bytes"] = (ulong)options.ChunkSize,
                ["cfg_fifo_chunks"] = (ulong)options.FifoChunks,
                ["cfg_max_slots"] = (ulong)options.MaxSlots,
                ["cfg_header_only"] = options.HeaderOnly ? 1u : 0,
                ["cfg_when_full"] = (ulong)options.WhenFull,
                ["cfg_rearm"] = (ulong)options.RearmPolicy,
                ["cfg_cycles_per_byte"] = (ulong)cyclesPerByte,
                ["cfg_tlp_overhead"] = (ulong)options.TlpOverhead,
                ["cfg_cycles_per_us"] = 1000 / clock,
            },
        };
        Stimulus = new RtlStimulus("trigger", "source_running", options.Period, options.Jitter, options.FirstChunkAt, options.Seed,
            options.JitterStream);
    }

    public RtlConfig Config { get; }
    public RtlStimulus Stimulus { get; }

    private static string? WhyNot(DaqCardOptions options)
    {
        if (options.Source != SourceKind.Counter) return "its source is a counter; the scenario says source.kind otherwise";
        if (options.HashPayload) return "it keeps no hash; the scenario says source.hash";
        if (options.MaxSlots > Slots) return $"it has {Slots} slots at the most; the scenario's dma.max-slots is {options.MaxSlots}";
        if (options.FifoChunks + 3 > Buffers)
            return $"it holds {Buffers - 3} chunks in its FIFO; the scenario's source.fifo-chunks is {options.FifoChunks}";
        var bytes = (options.FifoChunks + 3L) * ((options.ChunkSize + 7) & ~7);
        return options.HeaderOnly || bytes <= PayloadBytes ? null
            : $"it has {PayloadBytes >> 10} KiB for payloads; {options.FifoChunks} chunks of {options.ChunkSize} bytes and three more "
                + $"take {bytes >> 10}";
    }
}
