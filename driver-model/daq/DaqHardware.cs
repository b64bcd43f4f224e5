using System.Runtime.CompilerServices;
using Pcie.Daq;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Daq;

/// <summary>
/// The card while its hardware is prepared, as the context of a C driver's device object: what ISR, DPC and watchdog know of it, and their code. The
/// ISR finds out why the card interrupted and queues a DPC; the DPC copies chunks from the DMA buffer into the cyclic buffer, gives their slots back,
/// and re-arms the interrupt.
/// </summary>
/// <remarks>ISR and DPC allocate nothing in steady state.</remarks>
internal sealed class DaqHardware
{
    private const int Bar = DaqRegister.Bar;
    private const int CauseCount = 6;

    private readonly WdfDevice device;
    private readonly DaqDriverOptions options;
    private readonly ChunkPipeline pipeline;
    private readonly DaqDriverCounters counters;
    private readonly uint source;
    private readonly Causes[] causesOfMessage;
    private readonly uint[] vectorsOfMessage;
    private readonly byte[] copiedHeader = new byte[ChunkHeader.Size];
    private DpcDuty duties;

    // Chunks consumed since the DMA core was enabled: what the card is told as DMA_TAIL. The next one lies in slot (consumed mod
    // slots).
    private uint consumed;
    private long lastSequence = -1;

    // What the last chunk was when the watchdog last found another lying behind it; null if it found none.
    private long? waitedBehind;

    /// <param name="source">The driver, in the trace.</param>
    public DaqHardware(WdfDevice device, DaqDriverOptions options, ChunkPipeline pipeline, DaqDriverCounters counters, uint source)
    {
        (this.device, this.options, this.pipeline, this.counters, this.source) = (device, options, pipeline, counters, source);
        (causesOfMessage, vectorsOfMessage) = MapCauses(device.Resources);
    }

    // What an ISR leaves to the next DPC.
    [Flags]
    private enum DpcDuty
    {
        None = 0,

        // Look at the DMA buffer.
        Data = 1,

        // A register read as all-ones: find out whether the card is there.
        Presence = 2,

        // The DMA core has stopped at a descriptor that it could not use, or could not read: the two sides do not agree any more about what is whose.
        GiveUp = 4,
    }

    /// <summary>Tells the card how it is to work, before it may interrupt.</summary>
    public void SetUp()
    {
        Write(DaqRegister.IntEnable, 0);
        Write(DaqRegister.IntPolicy, (uint)options.RearmPolicy);
        Write(DaqRegister.IntRouting, (uint)options.Routing);
        // DATA_READY goes to message 0 however causes are routed; errors that have messages of their own are not to wait.
        if (options.Moderates)
        {
            device.Tracer.Record(TraceKind.ModerationAsked, source, options.ModerationCount, options.ModerationTime.Nanoseconds);
            Write(DaqRegister.IntModeration, (uint)options.ModerationCount
                | (uint)(options.ModerationTime.Nanoseconds / 1_000) << DaqRegister.ModerationTimeShift);
        }
        var start = pipeline.Descriptors?.Address ?? pipeline.Slots.Address;
        Write(DaqRegister.DmaBaseLow, (uint)start);
        Write(DaqRegister.DmaBaseHigh, (uint)(start >> 32));
        device.Tracer.Record(TraceKind.DmaBufferGiven, source, pipeline.SlotCount, pipeline.SlotSize);
        Write(DaqRegister.DmaSlotSize, (uint)pipeline.SlotSize);
        Write(DaqRegister.DmaSlotCount, (uint)pipeline.SlotCount);
        var status = pipeline.Status.Address;
        Write(DaqRegister.StatusBaseHigh, (uint)(status >> 32));
        Write(DaqRegister.StatusBaseLow, (uint)status | (options.CauseSource == CauseSource.StatusBlock ? DaqRegister.StatusEnable : 0));
        var whenFull = pipeline.Descriptors is not null && options.WhenFull == WhenFull.Overwrite ? WhenFull.HoldBack : options.WhenFull;
        Write(DaqRegister.DmaControl, DaqRegister.DmaEnable | (uint)options.Buffering << DaqRegister.DmaModeShift
            | (uint)whenFull << DaqRegister.DmaWhenFullShift);
    }

    /// <summary>Lets the card interrupt, and run.</summary>
    public void Start()
    {
        Write(DaqRegister.IntCause, (uint)Causes.All);
        Write(DaqRegister.IntEnable, (uint)Causes.All);
        if (options.Rearms) Write(DaqRegister.IntRearm, uint.MaxValue);
        Write(DaqRegister.SourceControl, DaqRegister.SourceRun);
    }

    public void StopSource() => Write(DaqRegister.SourceControl, 0);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId)
    {
        await device.StallExecution(options.IsrWork);
        var causes = causesOfMessage[messageId];
        // One cause on this message: which message it was says everything. Otherwise somebody must be asked.
        if (!uint.IsPow2((uint)causes))
        {
            if (options.CauseSource == CauseSource.StatusBlock)
            {
                causes &= (Causes)StatusBlock.Read(pipeline.Status.Span).Causes;
            }
            else
            {
                var read = (uint)await device.ReadRegisterUlong(Bar, DaqRegister.IntCause);
                // Bits that are reserved read as zero: all-ones is a read that failed. Whatever it was, the DPC has to look, and to find out why.
                if (read == uint.MaxValue) duties |= DpcDuty.Presence;
                causes &= (Causes)read;
            }
        }
        if (causes == Causes.None || device.IsRemoved) return false;
        // Cleared before the data is looked at: an event from here on raises the cause again.
        Write(DaqRegister.IntCause, (uint)causes);
        if ((causes & Causes.DataReady) != 0) duties |= DpcDuty.Data;
        // Causes that were not read are none that the card has reported.
        if ((duties & DpcDuty.Presence) == 0)
        {
            Count(causes);
            if ((causes & Causes.DmaError) != 0 && pipeline.Descriptors is not null) duties |= DpcDuty.GiveUp;
        }
        interrupt.QueueDpcForIsr();
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask EvtInterruptDpc(WdfInterrupt interrupt)
    {
        var looksAtData = (duties & DpcDuty.Data) != 0 && (causesOfMessage[interrupt.MessageId] & Causes.DataReady) != 0;
        if (looksAtData)
        {
            duties &= ~DpcDuty.Data;
            pipeline.Ledger.DpcBegan(interrupt.LastIsrToDpc);
        }
        await device.StallExecution(options.DpcWork);
        if ((duties & DpcDuty.Presence) != 0 && !await IsPresent()) return;
        if ((duties & DpcDuty.GiveUp) != 0)
        {
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

    // EVT_WDF_TIMER. A card that was reset behind the driver's back decodes nothing; and a message that was lost leaves chunks that lie there
    // from one look to the next.
    public async ValueTask EvtWatchdog()
    {
        if (device.IsRemoved) return;
        if ((uint)await device.ReadRegisterUlong(Bar, DaqRegister.Id) != DaqRegister.IdValue)
        {
            device.SetFailed(options.OnFailure);
            return;
        }
        var waits = HasNext();
        if (waits && waitedBehind == lastSequence)
        {
            counters.LostInterrupts++;
            device.Tracer.Record(TraceKind.LostInterruptFound, source, lastSequence);
            duties |= DpcDuty.Data;
            device.Interrupts[0].QueueDpc();
        }
        waitedBehind = waits ? lastSequence : null;
    }

    // A device that has left the bus has no vendor ID either (PCI 6.1); one that has only failed a read goes on.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> IsPresent()
    {
        duties &= ~DpcDuty.Presence;
        counters.FailedCauseReads++;
        if (await device.IsPresent()) return true;
        device.SetFailed(options.OnFailure);
        return false;
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
        if (copied == 0) counters.EmptyDpcs++;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask CopyChunk(ChunkHeader header, Duration isrToDpc)
    {
        var slot = (int)(consumed % (uint)pipeline.SlotCount);
        pipeline.Ledger.CopyBegan(slot);
        await device.StallExecution(new Duration((long)(header.Length * 1e9 / options.CopyBytesPerSecond)));
        // The card may have written over it meanwhile: its header tells, if anybody looks.
        var keeps = !options.VerifyCopy || (TryReadNext(out var now) && now == header);
        pipeline.Ledger.CopyEnded(keeps, isrToDpc);
        if (!keeps)
        {
            counters.TornCopiesDiscarded++;
            return;
        }
        lastSequence = (long)header.Sequence;
        consumed++;
        pipeline.Descriptors?.Give(slot);
        Write(DaqRegister.DmaTail, consumed);
        // The header as it was when the copy began, whatever the slot has now.
        header.Write(copiedHeader);
        var payload = pipeline.Slots.Span.Slice(slot * pipeline.SlotSize + ChunkHeader.Size, header.PayloadOmitted ? 0 : header.Length);
        if (pipeline.CyclicBuffer.TryWrite(copiedHeader, payload))
        {
            device.Tracer.Record(TraceKind.ChunkCopied, source, lastSequence, pipeline.CyclicBuffer.Count);
            pipeline.Reader.ChunkAvailable();
        }
        else
        {
            device.Tracer.Record(TraceKind.ChunkRefused, source, lastSequence);
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
            if (head - consumed > (uint)pipeline.SlotCount && head - consumed < 1u << 31)
            {
                counters.Resynchronisations++;
                consumed = head - (uint)pipeline.SlotCount;
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
        ChunkHeader.TryRead(
            pipeline.Slots.Span.Slice((int)(consumed % (uint)pipeline.SlotCount) * pipeline.SlotSize, ChunkHeader.Size), out header)
        && header.Length <= pipeline.SlotSize - ChunkHeader.Size;

    private void Count(Causes causes)
    {
        if ((causes & Causes.Overrun) != 0) counters.OverrunsReported++;
        if ((causes & (Causes.DmaError | Causes.FifoOverflow | Causes.LinkError)) != 0) counters.ErrorsReported++;
    }

    // VECTOR_MAP as the card has it after reset, cause n on vector n, folded to the vectors that it tells apart as the card
    // folds them; and from vector to message as the host assigned them. Vectors that share a message are re-armed together.
    private (Causes[] Causes, uint[] Vectors) MapCauses(PciResources resources)
    {
        var causes = new Causes[resources.MessagesGranted];
        var vectors = new uint[resources.MessagesGranted];
        for (var cause = 0; cause < CauseCount; cause++)
        {
            var vector = options.Routing == Routing.Shared ? 0 : cause % resources.Vectors;
            var message = resources.MessageOf(vector);
            causes[message] |= (Causes)(1u << cause);
            vectors[message] |= 1u << vector;
        }
        return (causes, vectors);
    }

    private void Write(uint register, uint value) => device.WriteRegisterUlong(Bar, register, value);
}
