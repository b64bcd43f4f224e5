using NLog;
using Pcie.Daq;
using Pcie.Emulator.Device;
using Pcie.Logging;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Daq.Dma;

/// <summary>
/// Streams chunks into the slots of host memory, or into the places that descriptors name. At the start of a transfer the slot gets an invalid header and the payload; when
/// the time that the bytes take has passed, the valid header, the status block, the new head, and the interrupt, in this order on
/// the link.
/// </summary>
/// <remarks>One timeline event per transfer. Allocates nothing while running.</remarks>
internal sealed class DmaCore : ITimelineTarget
{
    private const uint Enable = 1;
    private const ulong NoChunk = ulong.MaxValue;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly DaqCardOptions options;
    private readonly IDevicePort port;
    private readonly DaqRegisters registers;
    private readonly InterruptCore interrupts;
    private readonly StatusBlockWriter status;
    private readonly uint source;
    private readonly TimelineEvent done;
    private readonly ChunkFifo fifo;
    private readonly DescriptorFetcher descriptors;

    // Sequence number of the valid chunk in each slot.
    private readonly ulong[] occupant;

    // What counts while enabled, taken from the registers when ENABLE was set.
    private bool enabled;
    private ulong ringBase;
    private uint slotSize;
    private ulong slots = 1;
    private WhenFull whenFull;
    private bool scatters;

    private ulong head;
    private ulong tail;
    private ChunkPlace place = new();
    private bool busy;
    private ChunkBuffer transfer;
    private ulong produced;
    private ulong written;
    private ulong overwritten;
    private ulong dropped;
    private ulong tlps;

    public DmaCore(
        DaqCardOptions options, IDevicePort port, DaqRegisters registers, InterruptCore interrupts, StatusBlockWriter status,
        uint source)
    {
        this.options = options;
        this.port = port;
        this.registers = registers;
        this.interrupts = interrupts;
        this.status = status;
        this.source = source;
        done = port.Timeline.CreateEvent(this);
        descriptors = new DescriptorFetcher(port, ChunkHeader.Size + (options.ChunkSize + 3 & ~3), DescriptorsChanged);
        occupant = new ulong[options.MaxSlots];
        transfer = new ChunkBuffer(options.ChunkSize, options.HeaderOnly);
        var free = new ChunkBuffer[options.FifoChunks];
        for (var i = 0; i < free.Length; i++) free[i] = new ChunkBuffer(options.ChunkSize, options.HeaderOnly);
        fifo = new ChunkFifo(free);
    }

    public ChunkCounters Counters => new(produced, written, overwritten, dropped);

    /// <summary>Writes of DMA_TAIL that were refused.</summary>
    public ulong TailsRefused { get; private set; }

    /// <summary>Attempts to enable the core with an impossible set-up.</summary>
    public ulong SetUpsRefused { get; private set; }

    /// <summary>Times that scatter-gather stopped at a wrong descriptor.</summary>
    public ulong DescriptorErrors => descriptors.Failures;

    /// <summary>TLPs that a bus would have carried for the transfers begun so far, split at 4 KiB and at Max_Payload_Size.</summary>
    public ulong Tlps => tlps;

    public bool Busy => busy;

    /// <summary>Told when the FIFO may have room again.</summary>
    public Action? RoomMade { get; set; }

    /// <summary>What waits for a transfer.</summary>
    public ChunkFifo Fifo => fifo;

    /// <summary>Whether the list of descriptors has ended.</summary>
    public bool HasEnded => descriptors.HasEnded;

    /// <summary>Whether a descriptor was wrong.</summary>
    public bool HasFailed => scatters && descriptors.Error != DmaError.None;

    // Held back: with every slot unread, what comes waits for the driver to move DMA_TAIL. And a place that is being fetched is waited for.
    private bool MustWait => enabled && !HasFailed && (IsFull ? whenFull == WhenFull.HoldBack : scatters && !descriptors.IsReady);

    private bool IsFull => head - tail >= slots || scatters && HasEnded;

    /// <summary>Takes a chunk from the source: it is transferred, waits in the FIFO, or is dropped.</summary>
    /// <returns>A buffer for the next chunk.</returns>
    public ChunkBuffer Offer(ChunkBuffer chunk)
    {
        produced++;
        if (!busy && fifo.IsEmpty && !MustWait)
        {
            (transfer, chunk) = (chunk, transfer);
            StartTransfer();
        }
        else if (!fifo.IsFull)
        {
            chunk = fifo.Put(chunk);
        }
        else
        {
            Drop(chunk, DropReason.FifoOverflow);
            interrupts.Raise(Cause.FifoOverflow);
        }
        return chunk;
    }

    /// <summary>DMA_CONTROL was written.</summary>
    public void ControlWritten(uint before)
    {
        var wanted = (registers.DmaControl.Value & Enable) != 0;
        if (wanted == ((before & Enable) != 0)) return;
        if (!wanted)
        {
            Stop(DropReason.DmaDisabled);
        }
        else if (ImpossibleSetUp() is { } why)
        {
            SetUpsRefused++;
            Log.Log(Repeated.At(LogLevel.Warn, SetUpsRefused), "DMA_CONTROL.ENABLE refused: {Why}.", why);
            registers.DmaControl.Value &= ~Enable;
            interrupts.Raise(Cause.DmaError);
        }
        else
        {
            Begin();
        }
    }

    /// <summary>DMA_TAIL was written: it may move up to the head, and not back.</summary>
    public void TailWritten(uint before)
    {
        var step = registers.DmaTail.Value - before;
        if (step <= head - tail)
        {
            tail += step;
            if (scatters) descriptors.Allow(tail + slots);
            StartWaiting();
            return;
        }
        TailsRefused++;
        Log.Log(Repeated.At(LogLevel.Warn, TailsRefused), "DMA_TAIL.CHUNKS 0x{Tail:X8} refused: it was 0x{Before:X8}, and DMA_HEAD is 0x{Head:X8}.",
            registers.DmaTail.Value, before, registers.DmaHead.Value);
        registers.DmaTail.Value = before;
        interrupts.Raise(Cause.DmaError);
    }

    public void Reset()
    {
        Stop(DropReason.Reset);
        scatters = false;
        head = tail = 0;
    }

    void ITimelineTarget.Due(int tag)
    {
        busy = false;
        Span<byte> header = stackalloc byte[ChunkHeader.Size];
        transfer.WriteHeader(header);
        if (place.Write(port, header) && (!scatters || place.WriteBack(port, ChunkHeader.Size + transfer.Length)))
        {
            occupant[head % slots] = transfer.Sequence;
            registers.DmaHead.Value = (uint)++head;
            written++;
            status.ChunkWritten(transfer.Sequence);
            port.Tracer.Record(TraceKind.ChunkWritten, source, (long)transfer.Sequence, (long)place.Address);
            if (place.Interrupts) interrupts.Raise(Cause.DataReady);
        }
        else
        {
            BusMasterDisabled();
        }
        StartWaiting();
    }

    private void StartWaiting()
    {
        while (!busy && !fifo.IsEmpty && !MustWait)
        {
            transfer = fifo.Take(transfer);
            StartTransfer();
        }
        RoomMade?.Invoke();
    }

    private void StartTransfer()
    {
        var full = IsFull;
        if (!enabled)
        {
            Drop(transfer, DropReason.DmaDisabled);
            return;
        }
        if (HasFailed)
        {
            Drop(transfer, DropReason.DmaFailed);
            return;
        }
        if (full && whenFull == WhenFull.Drop)
        {
            Drop(transfer, DropReason.Full);
            interrupts.Raise(Cause.Overrun);
            return;
        }
        var slot = head % slots;
        if (scatters) place = descriptors.Take(place);
        else place.SetSlot(ringBase + slot * slotSize, slotSize);
        if (!place.Write(port, transfer.InvalidatedSlot))
        {
            BusMasterDisabled();
            return;
        }
        busy = true;
        // What the bus would carry: header and payload, and the header once more when they are there.
        var length = (ChunkHeader.Size + transfer.Length + 3) & ~3;
        var split = place.TlpsOf(length, port.MaxPayloadSize) + place.TlpsOf(ChunkHeader.Size, port.MaxPayloadSize);
        tlps += (ulong)split;
        done.ScheduleAfter(TransferTime(transfer.Length, split));
        port.Tracer.Record(TraceKind.ChunkStarted, source, (long)transfer.Sequence, (long)place.Address);
        // A slot that a broken-off transfer left invalid has nothing more to lose.
        var victim = occupant[slot];
        occupant[slot] = NoChunk;
        if (!full || victim == NoChunk) return;
        overwritten++;
        port.Tracer.Record(TraceKind.ChunkOverwritten, source, (long)victim, (long)transfer.Sequence);
        interrupts.Raise(Cause.Overrun);
    }

    private void Begin()
    {
        enabled = true;
        ringBase = registers.DmaBase.Value;
        slotSize = registers.DmaSlotSize.Value;
        slots = SlotsAsked();
        whenFull = registers.WhenFull;
        head = tail = 0;
        registers.DmaHead.Value = registers.DmaTail.Value = 0;
        occupant.AsSpan(0, (int)slots).Fill(NoChunk);
        status.Restart();
        scatters = registers.Mode == DmaMode.ScatterGather;
        if (scatters) descriptors.Begin(ringBase, slots);
        ShowError();
    }

    // A slot takes the next chunk; a place that descriptors name was this one's, and the two sides would no longer mean the same place.
    private void BusMasterDisabled()
    {
        Drop(transfer, DropReason.BusMasterDisabled);
        if (scatters) descriptors.Fail(DmaError.BusMasterDisabled);
        else interrupts.Raise(Cause.DmaError);
    }

    private void DescriptorsChanged()
    {
        if (HasFailed)
        {
            ShowError();
            interrupts.Raise(Cause.DmaError);
        }
        StartWaiting();
    }

    private void ShowError()
    {
        registers.DmaError.Value = HasFailed ? (uint)descriptors.Error : 0;
        registers.DmaErrorAddress.Value = HasFailed ? descriptors.At : 0;
    }

    private void Stop(DropReason reason)
    {
        enabled = false;
        descriptors.Stop();
        done.Cancel();
        if (busy) Drop(transfer, reason);
        busy = false;
        while (!fifo.IsEmpty)
        {
            transfer = fifo.Take(transfer);
            Drop(transfer, reason);
        }
        RoomMade?.Invoke();
    }

    private void Drop(ChunkBuffer chunk, DropReason reason)
    {
        dropped++;
        port.Tracer.Record(TraceKind.ChunkDropped, source, (long)chunk.Sequence, (long)reason);
    }

    private string? ImpossibleSetUp()
    {
        var smallest = (uint)(ChunkHeader.Size + options.ChunkSize);
        if (registers.WhenFull > WhenFull.HoldBack) return "DMA_CONTROL.WHEN_FULL is 3; expected 0 to 2";
        var asked = SlotsAsked();
        if (asked == 0 || asked > (ulong)options.MaxSlots)
            return $"DMA_SLOT_COUNT.SLOTS is {asked}; expected 1 to {options.MaxSlots}";
        if (registers.Mode == DmaMode.ScatterGather)
            return registers.DmaBase.Value % Descriptor.Size != 0 ? $"DMA_BASE_LO.ADDRESS is 0x{registers.DmaBase.Low.Value:X8}, no multiple of {Descriptor.Size}, as descriptors are"
                : registers.WhenFull == WhenFull.Overwrite ? "DMA_CONTROL.WHEN_FULL is 0; with descriptors expected 1 or 2, nothing is overwritten"
                : null;
        if (registers.DmaSlotSize.Value < smallest)
            return $"DMA_SLOT_SIZE.BYTES is {registers.DmaSlotSize.Value}; expected at least {smallest}, for a header and CHUNK_SIZE";
        return null;
    }

    private ulong SlotsAsked() => registers.Mode switch
    {
        DmaMode.OneBuffer => 1,
        DmaMode.PingPong => 2,
        _ => registers.DmaSlotCount.Value,
    };

    private Duration TransferTime(int length, int split)
    {
        var bytes = (UInt128)(uint)(ChunkHeader.Size + length) + (UInt128)((ulong)split * (ulong)options.TlpOverhead);
        var perSecond = (UInt128)(ulong)options.DmaBandwidth;
        return new Duration((long)((bytes * 1_000_000_000 + perSecond - 1) / perSecond));
    }
}
