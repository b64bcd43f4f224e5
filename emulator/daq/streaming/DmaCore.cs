using System.Text.Json;
using NLog;
using Pcie.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Logging;
using Pcie.Time;
using Pcie.Trace;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>
/// Streams chunks into the slots of host memory, or into the places that descriptors name. At the start of a transfer the slot gets an
/// invalid header and the payload; when the time that the bytes take has passed, the valid header, the status block, the new head, and the
/// interrupt, in this order on the link.
/// </summary>
/// <remarks>One timeline event per transfer. Allocates nothing while running.</remarks>
internal sealed class DmaCore : ITimelineTarget
{
    private const uint Enable = 1;
    private const ulong NoChunk = ulong.MaxValue;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly DaqCardOptions options;
    private readonly IDevicePort port;
    private readonly InterruptCore interrupts;
    private readonly StatusBlockWriter status;
    private readonly uint source;
    private readonly TimelineEvent done;
    private readonly DescriptorFetcher descriptors;
    private readonly Register control, slotSize, slotCount, consumed;
    private readonly RegisterPair memory;

    // Sequence number of the valid chunk in each slot.
    private readonly ulong[] occupant;

    private bool enabled;
    private DmaSetUp setUp = DmaSetUp.None;
    private ulong tail;
    private ChunkPlace place = new();
    private ChunkBuffer transfer;
    private ulong produced;
    private ulong written;
    private ulong overwritten;
    private ulong dropped;
    private readonly ulong[] droppedFor = new ulong[(int)DropReason.DmaFailed + 1];

    /// <param name="set">The registers of DMA to host memory are declared in it.</param>
    /// <param name="status">Knows the head.</param>
    /// <param name="source">In the trace.</param>
    public DmaCore(DaqCardOptions options, IDevicePort port, RegisterSet set, InterruptCore interrupts, StatusBlockWriter status, uint source)
    {
        (this.options, this.port, this.interrupts, this.status, this.source) = (options, port, interrupts, status, source);
        done = port.Timeline.CreateEvent(this);
        descriptors = new DescriptorFetcher(port, ChunkHeader.SlotLength(options.ChunkSize), DescriptorsChanged);
        occupant = new ulong[options.MaxSlots];
        transfer = new ChunkBuffer(options.ChunkSize, options.HeaderOnly);
        var free = new ChunkBuffer[options.FifoChunks];
        for (var i = 0; i < free.Length; i++) free[i] = new ChunkBuffer(options.ChunkSize, options.HeaderOnly);
        Fifo = new ChunkFifo(free);

        control = set.Declare("DMA_CONTROL", 0x100, "Starts and stops the DMA core; the other fields count when ENABLE goes from 0 to 1")
            .Flag(0, "ENABLE", RW, "setting it begins at slot 0 with head and tail 0; cleared by the card if the set-up is impossible")
            .Field(1, 2, "MODE", RW, "0 one buffer, 1 ping-pong, 2 ring, 3 scatter-gather")
            .Field(3, 2, "WHEN_FULL", RW,
                "0: the oldest chunk is overwritten; 1: the new one is dropped; 2: it waits in the FIFO until DMA_TAIL moves", (uint)options.WhenFull)
            .Reserved(5, 27)
            .Stores(PossibleControl)
            .OnWrite(Switch);
        memory = set.Declare(RegisterPair.Address("DMA_BASE", 0x108, "Bus address of slot 0, or of the first descriptor"));
        slotSize = set.Declare("DMA_SLOT_SIZE", 0x110, "Distance of two slots")
            .Field(0, 2, "ALIGNMENT", RO, "zero: DW-aligned")
            .Field(2, 30, "BYTES", RW, "bytes, in steps of 4: a chunk header of 32 and CHUNK_SIZE at the least");
        slotCount = set.Declare("DMA_SLOT_COUNT", 0x114, "Slots of a ring, or places that descriptors name")
            .Field(0, 32, "SLOTS", RW, "1 to MAX_SLOTS");
        set.Declare("DMA_HEAD", 0x118, "Producer index").Field(0, 32, "CHUNKS", () => (uint)status.Head, "chunks written since ENABLE, modulo 2^32");
        consumed = set.Declare("DMA_TAIL", 0x11C, "Consumer index")
            .Field(0, 32, "CHUNKS", RW, "chunks consumed since ENABLE, modulo 2^32; going back, or beyond DMA_HEAD, is refused")
            .Stores(PossibleTail)
            .OnWrite(write => MoveTail(write.After - write.Before));
        set.Declare("MAX_SLOTS", 0x128, "Longest ring").Field(0, 32, "SLOTS", RO, "slots", (uint)options.MaxSlots);
        set.Declare("DMA_ERROR", 0x12C, "Why scatter-gather stopped")
            .Field(0, 8, "CODE", () => HasFailed ? (uint)descriptors.Error : 0, "0 it has not, 1 descriptor not owned, 2 of no bytes, 3 misaligned, "
                + "4 too small for a chunk, 5 place unfinished, 6 unsupported request, 7 completer abort, 8 bus mastering off")
            .Reserved(8, 24);
        set.Declare(new RegisterPair("DMA_ERROR_ADDRESS", 0x130, "The descriptor that was wrong",
            "ADDRESS", () => HasFailed ? descriptors.At : 0, "bus address; 0 while DMA_ERROR is 0"));
        set.Declare("FIFO_CHUNKS", 0x148, "Depth of the FIFO")
            .Field(0, 32, "CHUNKS", RO, "chunks, besides the one in transfer", (uint)options.FifoChunks);
        set.Declare("FIFO_LEVEL", 0x14C, "How full the FIFO is").Field(0, 32, "CHUNKS", () => (uint)Fifo.Count, "chunks that wait for a transfer");
        set.Declare(RegisterPair.Counter("CHUNKS_PRODUCED", 0x180, "Chunks that the source produced", () => produced));
        set.Declare(RegisterPair.Counter("CHUNKS_WRITTEN", 0x188, "Chunks written to host memory", () => written));
        set.Declare(RegisterPair.Counter("CHUNKS_OVERWRITTEN", 0x190, "Written chunks that were overwritten unconsumed", () => overwritten));
        set.Declare(RegisterPair.Counter("CHUNKS_DROPPED", 0x198, "Chunks that never reached host memory", () => dropped));
        set.Declare(RegisterPair.Counter("DMA_TLPS", 0x1A0,
            "TLPs that the bus would have carried for chunks, split at 4 KiB and at Max_Payload_Size", () => Tlps));
    }

    /// <summary>Waiting chunks have gone: the FIFO may have room again.</summary>
    public event Action? RoomMade;

    /// <summary>Chunks dropped by reason; what is zero is left out.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Drops => Enum.GetValues<DropReason>().Where(reason => droppedFor[(int)reason] > 0)
        .Select(reason => new KeyValuePair<string, ulong>(
            $"chunks.dropped.{JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString())}", droppedFor[(int)reason]));

    public ChunkCounters Counters => new(produced, written, overwritten, dropped);

    /// <summary>Writes of DMA_TAIL that were refused.</summary>
    public ulong TailsRefused { get; private set; }

    /// <summary>Attempts to enable the core with an impossible set-up.</summary>
    public ulong SetUpsRefused { get; private set; }

    /// <summary>Times that scatter-gather stopped at a wrong descriptor.</summary>
    public ulong DescriptorErrors => descriptors.Failures;

    /// <summary>TLPs that a bus would have carried for the transfers begun so far, split at 4 KiB and at Max_Payload_Size.</summary>
    public ulong Tlps { get; private set; }

    /// <summary>Whether a transfer is running.</summary>
    public bool Busy { get; private set; }

    /// <summary>What waits for a transfer.</summary>
    public ChunkFifo Fifo { get; }

    /// <summary>Whether the list of descriptors has ended.</summary>
    public bool HasEnded => descriptors.HasEnded;

    /// <summary>Whether a descriptor was wrong.</summary>
    public bool HasFailed => setUp.Scatters && descriptors.Error != DmaError.None;

    // Every slot is unread and the card holds back until DMA_TAIL moves; or the next descriptor is still being fetched.
    private bool MustWait => enabled && !HasFailed && (IsFull ? setUp.WhenFull == WhenFull.HoldBack : setUp.Scatters && !descriptors.IsReady);

    private bool IsFull => status.Head - tail >= setUp.Slots || setUp.Scatters && HasEnded;

    /// <summary>Takes a chunk from the source: it is transferred, waits in the FIFO, or is dropped.</summary>
    /// <returns>A buffer for the next chunk.</returns>
    public ChunkBuffer Offer(ChunkBuffer chunk)
    {
        produced++;
        if (!Busy && Fifo.IsEmpty && !MustWait)
        {
            (transfer, chunk) = (chunk, transfer);
            StartTransfer();
        }
        else if (!Fifo.IsFull)
        {
            chunk = Fifo.Put(chunk);
        }
        else
        {
            Drop(chunk, DropReason.FifoOverflow);
            interrupts.Raise(Cause.FifoOverflow);
        }
        return chunk;
    }

    public void Reset()
    {
        Stop(DropReason.Reset);
        setUp = DmaSetUp.None;
        tail = 0;
        status.Restart();
    }

    void ITimelineTarget.Due(int tag)
    {
        Busy = false;
        Span<byte> header = stackalloc byte[ChunkHeader.Size];
        transfer.WriteHeader(header);
        if (place.Write(port, header) && (!setUp.Scatters || place.WriteBack(port, ChunkHeader.Size + transfer.Length)))
        {
            occupant[status.Head % setUp.Slots] = transfer.Sequence;
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

    private uint? PossibleControl(uint value)
    {
        if ((value & ~control.Value & Enable) == 0 || SetUpOf(value).WhyImpossible(options) is not { } why) return value;
        Log.Log(Repeated.At(LogLevel.Warn, ++SetUpsRefused), "DMA_CONTROL.ENABLE refused: {Why}.", why);
        interrupts.Raise(Cause.DmaError);
        return value & ~Enable;
    }

    private void Switch(RegisterWrite write)
    {
        if (((write.Before ^ write.After) & Enable) == 0) return;
        if ((write.After & Enable) != 0) Begin();
        else Stop(DropReason.DmaDisabled);
    }

    // The tail may move up to the head, and not back.
    private uint? PossibleTail(uint value)
    {
        if (value - consumed.Value <= status.Head - tail) return value;
        Log.Log(Repeated.At(LogLevel.Warn, ++TailsRefused), "DMA_TAIL.CHUNKS 0x{Tail:X8} refused: it was 0x{Before:X8}, and DMA_HEAD is 0x{Head:X8}.",
            value, consumed.Value, (uint)status.Head);
        interrupts.Raise(Cause.DmaError);
        return null;
    }

    private void MoveTail(uint step)
    {
        tail += step;
        if (setUp.Scatters) descriptors.Allow(tail + setUp.Slots);
        StartWaiting();
    }

    private void StartWaiting()
    {
        while (!Busy && !Fifo.IsEmpty && !MustWait)
        {
            transfer = Fifo.Take(transfer);
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
        if (full && setUp.WhenFull == WhenFull.Drop)
        {
            Drop(transfer, DropReason.Full);
            interrupts.Raise(Cause.Overrun);
            return;
        }
        var slot = status.Head % setUp.Slots;
        if (setUp.Scatters) place = descriptors.Take(place);
        else place.SetSlot(setUp.AddressOf(slot), setUp.SlotSize);
        if (!place.Write(port, transfer.InvalidatedSlot))
        {
            BusMasterDisabled();
            return;
        }
        Busy = true;
        // What the bus would carry: header and payload, and the header once more when they are there.
        var length = ChunkHeader.SlotLength(transfer.Length);
        var split = place.TlpsOf(length, port.MaxPayloadSize) + place.TlpsOf(ChunkHeader.Size, port.MaxPayloadSize);
        Tlps += (ulong)split;
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
        setUp = SetUpOf(control.Value);
        tail = consumed.Value = 0;
        status.Restart();
        occupant.AsSpan(0, (int)setUp.Slots).Fill(NoChunk);
        if (setUp.Scatters) descriptors.Begin(setUp.Base, setUp.Slots);
    }

    private DmaSetUp SetUpOf(uint value)
    {
        var mode = (DmaMode)(value >> 1 & 3);
        var slots = mode switch { DmaMode.OneBuffer => 1u, DmaMode.PingPong => 2u, _ => slotCount.Value };
        return new DmaSetUp(mode, (WhenFull)(value >> 3 & 3), memory.Value, slotSize.Value, slots);
    }

    // In a ring the next chunk can use the slot again. With descriptors the place is used up: going on would leave driver and card at different
    // descriptors.
    private void BusMasterDisabled()
    {
        Drop(transfer, DropReason.BusMasterDisabled);
        if (setUp.Scatters) descriptors.Fail(DmaError.BusMasterDisabled);
        else interrupts.Raise(Cause.DmaError);
    }

    private void DescriptorsChanged()
    {
        if (HasFailed) interrupts.Raise(Cause.DmaError);
        StartWaiting();
    }

    private void Stop(DropReason reason)
    {
        enabled = false;
        descriptors.Stop();
        done.Cancel();
        if (Busy) Drop(transfer, reason);
        Busy = false;
        while (!Fifo.IsEmpty)
        {
            transfer = Fifo.Take(transfer);
            Drop(transfer, reason);
        }
        RoomMade?.Invoke();
    }

    private void Drop(ChunkBuffer chunk, DropReason reason)
    {
        dropped++;
        droppedFor[(int)reason]++;
        port.Tracer.Record(TraceKind.ChunkDropped, source, (long)chunk.Sequence, (long)reason);
    }

    private Duration TransferTime(int length, int split)
    {
        var bytes = (UInt128)(uint)(ChunkHeader.Size + length) + (UInt128)((ulong)split * (ulong)options.TlpOverhead);
        var perSecond = (UInt128)(ulong)options.DmaBandwidth;
        return new Duration((long)((bytes * 1_000_000_000 + perSecond - 1) / perSecond));
    }
}
