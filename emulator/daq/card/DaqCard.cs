using Pcie.Control.Wire;
using Pcie.Emulator.Daq.HostToCard;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Daq.Streaming;
using Pcie.Emulator.Device;
using Pcie.Emulator.Faults;
using Pcie.Emulator.Registers;
using Pcie.Emulator.Sources;
using Pcie.Time;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq.Card;

/// <summary>
/// The data-acquisition card: a source of chunks, a DMA core that streams them into host memory, and an interrupt core that tells
/// the driver. Each core declares its registers itself; here are those that belong to none, or to several.
/// </summary>
public sealed class DaqCard : ICard, ISourceFaults
{
    /// <summary>Bytes of BAR 0.</summary>
    public const uint BarSize = 0x1000;

    /// <summary>"DAQ1" as register ID shows it.</summary>
    public const uint IdValue = 0x44415131;

    // Not assigned to anybody; class 11h, subclass 80h: other signal processing controller.
    private const ushort VendorId = 0xFDA0;
    private const ushort DeviceId = 0xDA01;
    private const uint ClassCode = 0x118000;

    private readonly IChunkSource? source;
    private readonly StatusBlockWriter status;
    private readonly InterruptCore interrupts;
    private readonly DmaCore dma;
    private readonly ChunkStream stream;
    private readonly SourceSchedule? schedule;
    private readonly IChunkProducer producer;
    private readonly H2cEngine h2c;

    /// <summary>A card with the source that the options name.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">The source's file cannot be opened, or is empty.</exception>
    public DaqCard(DaqCardOptions options, IDevicePort port)
        : this(options, port, options.CreateSource())
    {
    }

    /// <summary>A card with a source of the caller's, which belongs to the card from then on.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public DaqCard(DaqCardOptions options, IDevicePort port, IChunkSource source)
        : this(options, port, source, null)
    {
    }

    /// <summary>A card whose chunks are the packets of a stream from outside, which enters by <see cref="Inlet"/>.</summary>
    /// <param name="taken">Told when what was offered there has been taken.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    internal DaqCard(DaqCardOptions options, IDevicePort port, Action taken)
        : this(options, port, null, taken)
    {
    }

    private DaqCard(DaqCardOptions options, IDevicePort port, IChunkSource? source, Action? taken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ChunkSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ChunkSize, DaqCardOptions.LargestChunk);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxSlots, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.FifoChunks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.FifoChunks, DaqCardOptions.DeepestFifo);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DmaBandwidth, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.TlpOverhead);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Period.Nanoseconds, 1);
        this.source = source;
        var set = new RegisterSet();
        set.Declare("ID", 0x000, "What card this is").Field(0, 32, "MAGIC", RO, "\"DAQ1\"", IdValue);
        set.Declare("VERSION", 0x004, "Version of this register map")
            .Field(0, 16, "MINOR", RO, "raised by additions", 1)
            .Field(16, 16, "MAJOR", RO, "raised by incompatible changes", 1);
        set.Declare("SCRATCH", 0x008, "For software's own use").Field(0, 32, "VALUE", RW, "kept, without effect");
        status = new StatusBlockWriter(port, set);
        interrupts = new InterruptCore(port, set, status, options.RearmPolicy, port.Tracer.AddSource($"{options.Name}.interrupts"));
        dma = new DmaCore(options, port, set, interrupts, status, port.Tracer.AddSource($"{options.Name}.dma"));
        stream = new ChunkStream(options, dma, port.Timeline);
        Inlet = taken is null ? null : new StreamInlet(options, set, stream, dma, taken);
        schedule = source is null ? null : new SourceSchedule(options, set, source, stream, port);
        producer = Inlet ?? (IChunkProducer)schedule!;
        h2c = new H2cEngine(options, port, set, interrupts, stream, dma);
        set.Declare("DMA_STATUS", 0x104, "What the DMA core is doing")
            .Flag(0, "BUSY", () => dma.Busy, "a transfer is running")
            .Flag(1, "HOLDING", () => !dma.Fifo.IsEmpty, "a chunk waits in the FIFO: for the transfer to end, or for a slot")
            .Flag(2, "SOURCE_ENDED", () => producer.Ended, "the source has no more chunks")
            .Flag(3, "LIST_ENDED", () => dma.HasEnded, "scatter-gather: a descriptor named no next one, and all before are used")
            .Flag(4, "FAILED", () => dma.HasFailed, "scatter-gather: DMA_ERROR says why it stopped; setting ENABLE anew begins anew")
            .Flag(5, "SOURCE_RUNNING", () => producer.IsRunning,
                "the source makes chunks; by the wall clock also those that were due when it was stopped")
            .Flag(6, "SOURCE_FINITE", () => producer.BytesLeft is not null, "the source has an end")
            .Reserved(7, 25);
        Registers = new RegisterFile(BarSize, set.Declared);
    }

    /// <summary>BAR 0.</summary>
    public RegisterFile Registers { get; }

    /// <summary>Where a stream from outside enters; null if the card has a source of its own.</summary>
    internal StreamInlet? Inlet { get; }

    /// <summary>What became of the chunks since the card was made. A reset does not clear it.</summary>
    public ChunkCounters Chunks => dma.Counters;

    /// <summary>
    /// Chunks in the card now: being transferred, or waiting for that. Counted where they are, so that the sum must come out by itself.
    /// </summary>
    public ulong ChunksInCard => (dma.Busy ? 1UL : 0) + (ulong)dma.Fifo.Count;

    /// <summary>What became of the interrupts since the card was made. A reset does not clear it.</summary>
    public InterruptCounters Interrupts => interrupts.Counters;

    /// <summary>SHA-256 of the payload of the current run, or after a reset of the last one; empty if not kept.</summary>
    public byte[] PayloadSha256 => stream.PayloadSha256;

    /// <inheritdoc/>
    public Account Account => new()
    {
        Chunks = new ChunkAccount
        {
            Produced = Chunks.Produced, Written = Chunks.Written, Dropped = Chunks.Dropped, InCard = ChunksInCard,
            NotProduced = producer.NotProduced, SourceBytesLeft = (ulong)(producer.BytesLeft ?? 0),
        },
        Interrupts = new InterruptAccount
        {
            Raised = Interrupts.Raised, Sent = Interrupts.Sent, Masked = Interrupts.Masked, Collapsed = Interrupts.Collapsed,
        },
    };

    /// <inheritdoc/>
    public IEnumerable<CauseState> Causes => interrupts.States;

    /// <summary>Every counter by name, since the card was made.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        new("chunks.produced", Chunks.Produced),
        new("chunks.written", Chunks.Written),
        new("chunks.overwritten", Chunks.Overwritten),
        new("chunks.dropped", Chunks.Dropped),
        .. dma.Drops,
        new("chunks.in-card", ChunksInCard),
        new("chunks.not-produced", producer.NotProduced),
        new("chunks.payload-bytes", stream.PayloadBytes),
        new("interrupts.sent", Interrupts.Sent),
        new("interrupts.masked", Interrupts.Masked),
        new("interrupts.collapsed", Interrupts.Collapsed),
        new("interrupts.resent", Interrupts.Resent),
        new("interrupts.moderated", interrupts.Moderated),
        .. interrupts.Statistics,
        new("interrupts.policies-refused", interrupts.PoliciesRefused),
        new("interrupts.vectors-folded", interrupts.VectorsFolded),
        new("dma.tails-refused", dma.TailsRefused),
        new("dma.set-ups-refused", dma.SetUpsRefused),
        new("dma.descriptor-errors", dma.DescriptorErrors),
        new("dma.tlps", dma.Tlps),
        new("dma.status-blocks-lost", status.Lost),
        new("h2c.reads", h2c.Reads),
        new("h2c.bytes", h2c.Bytes),
        new("h2c.failures", h2c.Failures),
        new("h2c.starts-refused", h2c.StartsRefused),
        new("dma.fifo-high-water", (ulong)dma.Fifo.HighWater),
        .. Registers.Statistics,
    ];

    /// <summary>What a card of these options is to the bus.</summary>
    public static DeviceIdentity IdentityOf(DaqCardOptions options) => new()
    {
        Name = options.Name, VendorId = VendorId, DeviceId = DeviceId, Revision = 1, ClassCode = ClassCode,
        SubsystemVendorId = VendorId, SubsystemId = 1, Bars = [BarSize], MsiMessages = options.MsiMessages, MsixEntries = options.MsixEntries,
        HasInterruptLine = true,
    };

    /// <inheritdoc/>
    public void MessagesChanged() => interrupts.RoutingChanged();

    /// <inheritdoc/>
    public void Reset()
    {
        h2c.Reset();
        producer.Reset();
        stream.Reset();
        dma.Reset();
        status.Reset();
        interrupts.Reset();
        Registers.Reset();
    }

    /// <inheritdoc/>
    public void StallSource(Duration time) => schedule?.Stall(time);

    /// <inheritdoc/>
    public void Burst(int chunks) => schedule?.Burst(chunks);

    public void Dispose()
    {
        stream.Dispose();
        source?.Dispose();
    }
}
