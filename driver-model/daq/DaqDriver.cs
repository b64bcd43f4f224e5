using System.Runtime.CompilerServices;
using Pcie.Daq;
using Pcie.DriverModel.Accounting;
using Pcie.DriverModel.Application;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.Pci.Memory;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Daq;

/// <summary>
/// The driver under study. Its ISR finds out why the card interrupted and queues a DPC; the DPC copies chunks from the DMA buffer
/// into the cyclic buffer, gives their slots back, and re-arms the interrupt.
/// </summary>
/// <remarks>ISR and DPC allocate nothing in steady state.</remarks>
public sealed class DaqDriver(DaqDriverOptions options, ReaderOptions readerOptions, Stream? output) : FunctionDriver
{
    private const int Bar = 0;
    private const int CauseCount = 6;

    private WdfDevice device = null!;
    private HostBuffer slots = null!;
    private HostBuffer status = null!;
    private DescriptorRing? descriptors;
    private int slotSize;
    private int slotCount;
    private uint source;
    private Causes[] causesOfMessage = [];
    private uint[] vectorsOfMessage = [];
    private byte[] copy = [];

    // Chunks consumed since the DMA core was enabled: what the card is told as DMA_TAIL. The next one lies in slot (consumed mod
    // slots).
    private uint consumed;
    private long lastSequence = -1;
    private bool dpcLooksAtData;
    private bool readFailed, dmaStopped;
    private WdfTimer? watchdog;
    private bool waitedAtLastLook;
    private long sequenceAtLastLook;

    public CyclicBuffer CyclicBuffer { get; private set; } = null!;
    public Reader Reader { get; private set; } = null!;
    public ChunkLedger Ledger { get; private set; } = null!;
    public DaqDriverCounters Counters { get; } = new();

    /// <inheritdoc/>
    public override async ValueTask EvtDevicePrepareHardware(WdfDevice device)
    {
        this.device = device;
        if (Ledger is null) source = device.Kernel.Tracer.AddSource("driver");
        var id = (uint)await device.ReadRegisterUlong(Bar, DaqRegister.Id);
        if (id != DaqRegister.IdValue)
            throw new DeviceNotUsableException(
                $"The device's ID register reads 0x{id:X8}, this driver's card has 0x{DaqRegister.IdValue:X8}.");
        var chunkSize = (long)await device.ReadRegisterUlong(Bar, DaqRegister.ChunkSize);
        var maxSlots = (long)await device.ReadRegisterUlong(Bar, DaqRegister.MaxSlots);
        slotCount = options.Buffering switch { Buffering.Single => 1, Buffering.PingPong => 2, _ => options.RingSlots };
        if (slotCount > maxSlots)
            throw new DeviceNotUsableException($"[driver] ring-slots is {slotCount}, the card has {maxSlots} at most; "
                + "lower it or raise max-slots in [card.dma].");

        var size = (ChunkHeader.Size + chunkSize + 63) & ~63;
        if (size * slotCount > Array.MaxLength)
            throw new DeviceNotUsableException(
                $"{slotCount} slots of {size} bytes are more than 2 GiB; lower ring-slots or the chunk size.");
        slotSize = (int)size;
        MapCauses(device.Resources);
        if (Ledger is null) Allocate();
        else StartAnew();
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0Exit(WdfDevice device)
    {
        watchdog?.Stop();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0Entry(WdfDevice device)
    {
        Write(DaqRegister.IntEnable, 0);
        Write(DaqRegister.IntPolicy, (uint)options.RearmPolicy);
        Write(DaqRegister.IntRouting, (uint)options.Routing);
        // DATA_READY goes to message 0 however causes are routed; errors that have messages of their own are not to wait.
        if (options.Moderates)
        {
            device.Kernel.Tracer.Record(TraceKind.ModerationAsked, source, options.ModerationCount, options.ModerationTime.Nanoseconds);
            Write(DaqRegister.IntModeration, (uint)options.ModerationCount
                | (uint)(options.ModerationTime.Nanoseconds / 1_000) << DaqRegister.ModerationTimeShift);
        }
        var start = descriptors?.Address ?? slots.Address;
        Write(DaqRegister.DmaBaseLow, (uint)start);
        Write(DaqRegister.DmaBaseHigh, (uint)(start >> 32));
        device.Kernel.Tracer.Record(TraceKind.DmaBufferGiven, source, slotCount, slotSize);
        Write(DaqRegister.DmaSlotSize, (uint)slotSize);
        Write(DaqRegister.DmaSlotCount, (uint)slotCount);
        Write(DaqRegister.StatusBaseHigh, (uint)(status.Address >> 32));
        Write(DaqRegister.StatusBaseLow,
            (uint)status.Address | (options.CauseSource == CauseSource.StatusBlock ? DaqRegister.StatusEnable : 0));
        var whenFull = descriptors is not null && options.WhenFull == WhenFull.Overwrite ? WhenFull.HoldBack : options.WhenFull;
        Write(DaqRegister.DmaControl, DaqRegister.DmaEnable | (uint)options.Buffering << DaqRegister.DmaModeShift
            | (uint)whenFull << DaqRegister.DmaWhenFullShift);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0EntryPostInterruptsEnabled(WdfDevice device)
    {
        Write(DaqRegister.IntCause, (uint)Causes.All);
        Write(DaqRegister.IntEnable, (uint)Causes.All);
        if (options.Rearms) Write(DaqRegister.IntRearm, uint.MaxValue);
        Write(DaqRegister.SourceControl, DaqRegister.SourceRun);
        watchdog?.Start();
        return ValueTask.CompletedTask;
    }

    /// <summary>Stops the source; what it has produced still comes.</summary>
    public void StopSource() => Write(DaqRegister.SourceControl, 0);

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId)
    {
        await device.StallExecution(options.IsrWork);
        var causes = causesOfMessage[messageId];
        // One cause on this message: which message it was says everything. Otherwise somebody must be asked.
        if (!uint.IsPow2((uint)causes))
        {
            if (options.CauseSource == CauseSource.StatusBlock)
            {
                causes &= (Causes)StatusBlock.Read(status.Span).Causes;
            }
            else
            {
                Counters.IsrRegisterReads++;
                var read = (uint)await device.ReadRegisterUlong(Bar, DaqRegister.IntCause);
                // Bits that are reserved read as zero: all-ones is a read that failed. Whatever it was, the DPC has to look, and to find out why.
                if (read == uint.MaxValue) readFailed = true;
                causes &= (Causes)read;
            }
        }
        if (causes == Causes.None || device.IsRemoved) return false;
        // Cleared before the data is looked at: an event from here on raises the cause again.
        Write(DaqRegister.IntCause, (uint)causes);
        if (!readFailed) Count(causes);
        if ((causes & Causes.DataReady) != 0) dpcLooksAtData = true;
        if ((causes & Causes.DmaError) != 0 && !readFailed && descriptors is not null) dmaStopped = true;
        interrupt.QueueDpcForIsr();
        return true;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask EvtInterruptDpc(WdfInterrupt interrupt)
    {
        var looksAtData = dpcLooksAtData && (causesOfMessage[interrupt.MessageId] & Causes.DataReady) != 0;
        if (looksAtData)
        {
            dpcLooksAtData = false;
            Ledger.DpcBegan(interrupt.LastIsrToDpc);
        }
        await device.StallExecution(options.DpcWork);
        if (readFailed && !await IsPresent()) return;
        if (dmaStopped)
        {
            // At a descriptor that it could not use, or could not read: the two sides do not agree any more about what is whose.
            device.SetFailed(options.OnFailure);
            return;
        }
        while (true)
        {
            if (looksAtData) await CopyChunks(interrupt.LastIsrToDpc);
            await device.StallExecution(options.DpcEpilogue);
            if (options.Rearms) Write(DaqRegister.IntRearm, vectorsOfMessage[interrupt.MessageId]);
            if (looksAtData && options.LastLook == LastLook.AfterFlushedRearm) _ = await device.ReadRegisterUlong(Bar, DaqRegister.IntCause);
            if (!looksAtData || options.LastLook == LastLook.BeforeRearm || options.Drain == Drain.One || !HasNext()) return;
        }
    }

    // A device that has left the bus has no vendor ID either (PCI 6.1); one that has only failed a read goes on.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> IsPresent()
    {
        readFailed = false;
        Counters.FailedCauseReads++;
        if (await device.IsPresent()) return true;
        device.SetFailed(options.OnFailure);
        return false;
    }

    // EVT_WDF_TIMER. A card that was reset behind the driver's back decodes nothing; and a message that was lost leaves chunks that lie there
    // from one look to the next.
    private async ValueTask EvtWatchdog()
    {
        if (device.IsRemoved) return;
        if ((uint)await device.ReadRegisterUlong(Bar, DaqRegister.Id) != DaqRegister.IdValue)
        {
            device.SetFailed(options.OnFailure);
            return;
        }
        var waits = HasNext();
        if (waits && waitedAtLastLook && lastSequence == sequenceAtLastLook)
        {
            Counters.LostInterrupts++;
            device.Kernel.Tracer.Record(TraceKind.LostInterruptFound, source, lastSequence);
            dpcLooksAtData = true;
            device.Interrupts[0].QueueDpc();
        }
        (waitedAtLastLook, sequenceAtLastLook) = (waits, lastSequence);
    }

    // What lives as long as the driver does, whatever becomes of the card.
    private void Allocate()
    {
        slots = device.CommonBufferCreate(slotSize * slotCount);
        status = device.CommonBufferCreate(StatusBlock.Size);
        copy = new byte[slotSize];
        Ledger = new ChunkLedger(slots, slotSize, slotCount, device.Kernel.Timeline, device.Kernel.Tracer);
        CyclicBuffer = new CyclicBuffer(readerOptions.CyclicBufferChunks, slotSize);
        Reader = new Reader(CyclicBuffer, device.Kernel.Timeline, device.Kernel.Tracer, readerOptions, output);
        if (options.Watchdog > Duration.Zero) watchdog = new WdfTimer(device, options.Watchdog, EvtWatchdog);
        if (options.Buffering == Buffering.ScatterGather)
            descriptors = new DescriptorRing(device, slots, slotSize, slotCount, options.DescriptorBytes);
    }

    // The card numbers its chunks from 0 again; what it had written and nobody copied is given up.
    private void StartAnew()
    {
        Ledger.Abandon();
        slots.Span.Clear();
        status.Span.Clear();
        descriptors?.GiveAll();
        Reader.ExpectNewRun();
        (consumed, lastSequence) = (0, -1);
        dpcLooksAtData = readFailed = dmaStopped = waitedAtLastLook = false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CopyChunks(Duration isrToDpc)
    {
        var copied = 0;
        while (!device.IsRemoved && await FindNext() is { } header)
        {
            await CopyChunk(header, isrToDpc);
            copied++;
            if (options.Drain == Drain.One) break;
        }
        if (copied == 0) Counters.EmptyDpcs++;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CopyChunk(ChunkHeader header, Duration isrToDpc)
    {
        var slot = (int)(consumed % (uint)slotCount);
        Ledger.CopyBegan(slot);
        await device.StallExecution(new Duration((long)(header.Length * 1e9 / options.CopyBytesPerSecond)));
        var length = ChunkHeader.Size + (header.PayloadOmitted ? 0 : header.Length);
        // The card may have written over it meanwhile: its header tells, if anybody looks.
        var keeps = !options.VerifyCopy || (TryReadNext(out var now) && now == header);
        Ledger.CopyEnded(keeps, isrToDpc);
        if (!keeps)
        {
            Counters.TornCopiesDiscarded++;
            return;
        }
        header.Write(copy);
        slots.Span.Slice(slot * slotSize, length)[ChunkHeader.Size..].CopyTo(copy.AsSpan(ChunkHeader.Size));
        lastSequence = (long)header.Sequence;
        consumed++;
        descriptors?.Give(slot);
        Write(DaqRegister.DmaTail, consumed);
        if (CyclicBuffer.TryWrite(copy.AsSpan(0, length)))
        {
            device.Kernel.Tracer.Record(TraceKind.ChunkCopied, source, lastSequence, CyclicBuffer.Count);
            Reader.ChunkAvailable();
        }
        else
        {
            device.Kernel.Tracer.Record(TraceKind.ChunkRefused, source, lastSequence);
        }
    }

    // The oldest chunk that is left. Where the sequence has a gap, either chunks were dropped on the way, or the card has gone round the ring
    // past us and the oldest is elsewhere; its head tells. The head is read after the header: if it is no more than a round away, then the
    // header was that of the chunk we take it for. Whatever the card has changed while we read, we look again.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ChunkHeader?> FindNext()
    {
        while (TryReadNext(out var header) && (long)header.Sequence > lastSequence)
        {
            if ((long)header.Sequence == lastSequence + 1) return header;
            var head = (uint)await device.ReadRegisterUlong(Bar, DaqRegister.DmaHead);
            if (device.IsRemoved) return null;
            // Modulo 2^32, as the card counts; a head behind us is a read that failed.
            if (head - consumed > (uint)slotCount && head - consumed < 1u << 31)
            {
                Counters.Resynchronisations++;
                consumed = head - (uint)slotCount;
            }
            else if (TryReadNext(out var now) && now == header)
            {
                return header;
            }
        }
        return null;
    }

    private bool HasNext() => TryReadNext(out var header) && (long)header.Sequence > lastSequence;

    private bool TryReadNext(out ChunkHeader header) =>
        ChunkHeader.TryRead(slots.Span.Slice((int)(consumed % (uint)slotCount) * slotSize, ChunkHeader.Size), out header)
        && header.Length <= slotSize - ChunkHeader.Size;

    private void Count(Causes causes)
    {
        if ((causes & Causes.Overrun) != 0) Counters.OverrunsReported++;
        if ((causes & (Causes.DmaError | Causes.FifoOverflow | Causes.LinkError)) != 0) Counters.ErrorsReported++;
    }

    // VECTOR_MAP as the card has it after reset, cause n on vector n, folded to the vectors that it tells apart as the card
    // folds them; and from vector to message as the host assigned them. Vectors that share a message are re-armed together.
    private void MapCauses(PciResources resources)
    {
        causesOfMessage = new Causes[resources.MessagesGranted];
        vectorsOfMessage = new uint[resources.MessagesGranted];
        for (var cause = 0; cause < CauseCount; cause++)
        {
            var vector = options.Routing == Routing.Shared ? 0 : cause % resources.Vectors;
            var message = resources.MessageOf(vector);
            causesOfMessage[message] |= (Causes)(1u << cause);
            vectorsOfMessage[message] |= 1u << vector;
        }
    }

    private void Write(uint register, uint value) => device.WriteRegisterUlong(Bar, register, value);
}
