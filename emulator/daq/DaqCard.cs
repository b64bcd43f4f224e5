using Pcie.Control.Wire;
using Pcie.Emulator.Daq.Dma;
using Pcie.Emulator.Device;
using Pcie.Emulator.Faults;
using Pcie.Emulator.Registers;
using Pcie.Emulator.Sources;
using Pcie.Time;

namespace Pcie.Emulator.Daq;

/// <summary>
/// The data-acquisition card: a source of chunks, a DMA core that streams them into host memory, and an interrupt core that tells
/// the driver. This file is their registers; each core is a file of its own.
/// </summary>
public sealed class DaqCard : ICard, IRegisterOwner, ISourceFaults
{
    private readonly DaqCardOptions options;
    private readonly DaqRegisters registers;
    private readonly IChunkSource source;
    private IDevicePort? port;

    // Made when the card is attached, before anything else can be asked of it.
    private StatusBlockWriter status = null!;
    private InterruptCore interrupts = null!;
    private DmaCore dma = null!;
    private SourceCore sourceCore = null!;
    private HostReader hostReader = null!;
    private InterruptCounters interruptsAtReset;
    private ChunkCounters chunksAtReset;
    private ulong tlpsAtReset;

    /// <summary>A card with the source that the options name.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">The source's file cannot be opened, or is empty.</exception>
    public DaqCard(DaqCardOptions options)
        : this(options, options.CreateSource())
    {
    }

    /// <summary>A card with a source of the caller's, which belongs to the card from then on.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public DaqCard(DaqCardOptions options, IChunkSource source)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ChunkSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.ChunkSize, DaqCardOptions.LargestChunk);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxSlots, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.FifoChunks, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.FifoChunks, DaqCardOptions.DeepestFifo);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.DmaBandwidth, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.TlpOverhead);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Period.Nanoseconds, 1);
        this.options = options;
        this.source = source;
        Identity = new DeviceIdentity(
            options.Name, VendorId, DeviceId, Revision: 1, ClassCode, VendorId, SubsystemId: 1,
            [DaqRegisters.Size], options.MsiMessages, options.MsixEntries);
        registers = new DaqRegisters(options);
        Registers = new RegisterFile(DaqRegisters.Size, this, registers.All);
    }

    public DeviceIdentity Identity { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Fault> Faults => options.Faults;

    /// <summary>BAR 0.</summary>
    public RegisterFile Registers { get; }

    /// <summary>What became of the chunks since the card was made. A reset does not clear it.</summary>
    public ChunkCounters Chunks => dma.Counters;

    /// <summary>Chunks in the card now: being transferred, or waiting for that. Counted where they are, so that the sum must come out by itself.</summary>
    public ulong ChunksInCard => (dma.Busy ? 1UL : 0) + (ulong)dma.Fifo.Count;

    /// <summary>What became of the interrupts since the card was made. A reset does not clear it.</summary>
    public InterruptCounters Interrupts => interrupts.Counters;

    /// <summary>SHA-256 of the payload of the current run, or after a reset of the last one; empty if not kept.</summary>
    public byte[] PayloadSha256 => sourceCore.PayloadSha256;

    /// <inheritdoc/>
    public Account Account => new()
    {
        Chunks = new ChunkAccount { Produced = Chunks.Produced, Written = Chunks.Written, Dropped = Chunks.Dropped, InCard = ChunksInCard },
        Interrupts = new InterruptAccount
        {
            Raised = Interrupts.Raised, Sent = Interrupts.Sent, Masked = Interrupts.Masked, Collapsed = Interrupts.Collapsed,
        },
    };

    /// <summary>Every counter by name, since the card was made.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        new("chunks.produced", Chunks.Produced),
        new("chunks.written", Chunks.Written),
        new("chunks.overwritten", Chunks.Overwritten),
        new("chunks.dropped", Chunks.Dropped),
        new("chunks.in-card", ChunksInCard),
        new("chunks.payload-bytes", sourceCore.PayloadBytes),
        new("interrupts.raised", Interrupts.Raised),
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
        new("h2c.reads", hostReader.Reads),
        new("h2c.bytes", hostReader.Bytes),
        new("h2c.failures", hostReader.Failures),
        new("h2c.starts-refused", hostReader.StartsRefused),
        new("dma.fifo-high-water", (ulong)dma.Fifo.HighWater),
        .. Registers.Statistics,
    ];

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">The card is attached already.</exception>
    public void Attach(IDevicePort port)
    {
        if (this.port is not null)
            throw new InvalidOperationException($"{options.Name} is attached already: a card has one function.");
        this.port = port;
        status = new StatusBlockWriter(port, registers);
        interrupts = new InterruptCore(port, registers, status, port.Tracer.AddSource($"{options.Name}.interrupts"));
        dma = new DmaCore(options, port, registers, interrupts, status, port.Tracer.AddSource($"{options.Name}.dma"));
        sourceCore = new SourceCore(options, source, dma, port.Timeline);
        hostReader = new HostReader(options, port, registers, interrupts, sourceCore, dma);
    }

    public void Reset()
    {
        hostReader.Reset();
        sourceCore.Reset();
        dma.Reset();
        Registers.Reset();
        status.Reset();
        interrupts.Reset();
        interruptsAtReset = interrupts.Counters;
        chunksAtReset = dma.Counters;
        tlpsAtReset = dma.Tlps;
    }

    /// <inheritdoc/>
    public void StallSource(Duration time) => sourceCore.Stall(time);

    /// <inheritdoc/>
    public void Burst(int chunks) => sourceCore.Burst(chunks);

    public void Dispose()
    {
        sourceCore?.Dispose();
        source.Dispose();
    }

    void IRegisterOwner.Refresh(Register register)
    {
        register.Value = register.Offset switch
        {
            DaqOffset.DmaStatus => (dma.Busy ? DaqRegisters.Busy : 0)
                | (dma.Fifo.IsEmpty ? 0 : DaqRegisters.Holding)
                | (dma.HasEnded ? DaqRegisters.ListEnded : 0)
                | (dma.HasFailed ? DaqRegisters.Failed : 0)
                | (sourceCore.Ended ? DaqRegisters.SourceEnded : 0),
            DaqOffset.FifoLevel => (uint)dma.Fifo.Count,
            _ => (uint)CounterAt(register.Offset),
        };
    }

    void IRegisterOwner.WasRead(Register register)
    {
        // The low half latches the high one, so that two reads give one count.
        if (register.IsLive && register.Offset is not (DaqOffset.DmaStatus or DaqOffset.FifoLevel))
            Registers.Find(register.Offset + 4)!.Value = (uint)(CounterAt(register.Offset) >> 32);
    }

    void IRegisterOwner.WasWritten(Register register, uint before, uint written)
    {
        switch (register.Offset)
        {
            case DaqOffset.IntCause: interrupts.CauseWritten(); break;
            case DaqOffset.IntEnable: interrupts.EnableWritten(before); break;
            case DaqOffset.IntRouting or DaqOffset.VectorMap0 or DaqOffset.VectorMap1: interrupts.RoutingChanged(); break;
            case >= DaqOffset.IntModeration and < DaqOffset.IntModeration + 4 * InterruptModeration.Vectors when register.Value != before:
                interrupts.ModerationWritten((int)(register.Offset - DaqOffset.IntModeration) / 4);
                break;
            case DaqOffset.H2cControl: hostReader.ControlWritten(written); break;
            case DaqOffset.IntPolicy: interrupts.PolicyWritten(before); break;
            case DaqOffset.IntRearm: interrupts.Rearm(written); break;
            case DaqOffset.IntTest: interrupts.RaiseAll(written & DaqRegisters.AllCauses); break;
            case DaqOffset.DmaControl: dma.ControlWritten(before); break;
            case DaqOffset.DmaTail: dma.TailWritten(before); break;
            case DaqOffset.SourceControl when register.Value != 0: sourceCore.Start(); break;
            case DaqOffset.SourceControl: sourceCore.Stop(); break;
        }
    }

    private ulong CounterAt(uint offset)
    {
        var interruptsSince = interrupts.Counters - interruptsAtReset;
        var chunksSince = dma.Counters - chunksAtReset;
        return offset switch
        {
            DaqOffset.IntRaised => interruptsSince.Raised,
            DaqOffset.IntSent => interruptsSince.Sent,
            DaqOffset.IntHeld => interruptsSince.Masked,
            DaqOffset.IntCollapsed => interruptsSince.Collapsed,
            DaqOffset.ChunksProduced => chunksSince.Produced,
            DaqOffset.ChunksWritten => chunksSince.Written,
            DaqOffset.ChunksOverwritten => chunksSince.Overwritten,
            DaqOffset.DmaTlps => dma.Tlps - tlpsAtReset,
            _ => chunksSince.Dropped,
        };
    }

    // Not assigned to anybody; class 11h, subclass 80h: other signal processing controller.
    private const ushort VendorId = 0xFDA0;
    private const ushort DeviceId = 0xDA01;
    private const uint ClassCode = 0x118000;
}
