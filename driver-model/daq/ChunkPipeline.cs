using Pcie.Daq;
using Pcie.DriverModel.Daq.Accounting;
using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Framework;
using Pcie.Pci.Memory;

namespace Pcie.DriverModel.Daq;

/// <summary>
/// Where chunks lie between the card and the application: the DMA buffer with the ledger that watches it, the cyclic buffer, and the reader. Made
/// when the size of a chunk is known, and lives as long as the driver does, whatever becomes of the card.
/// </summary>
public sealed class ChunkPipeline
{
    /// <param name="output">Where the payload goes; null for nowhere.</param>
    /// <exception cref="Bus.DeviceNotUsableException">A slot would take more descriptors than the card holds.</exception>
    public ChunkPipeline(WdfDevice device, DaqDriverOptions driver, int slotSize, int slotCount, ReaderOptions options, Stream? output)
    {
        (SlotSize, SlotCount) = (slotSize, slotCount);
        Slots = device.CommonBufferCreate(slotSize * slotCount);
        Status = device.CommonBufferCreate(StatusBlock.Size);
        if (driver.Buffering == Buffering.ScatterGather)
            Descriptors = new DescriptorRing(device, Slots, slotSize, slotCount, driver.DescriptorBytes);
        var (timeline, tracer) = (device.Kernel.Timeline, device.Tracer);
        Ledger = new ChunkLedger(Slots, slotSize, slotCount, timeline, tracer);
        CyclicBuffer = new CyclicBuffer(options.CyclicBufferChunks, slotSize);
        Reader = new Reader(CyclicBuffer, timeline, tracer, options, output);
    }

    /// <summary>Bytes of a slot: header and payload, in whole cache lines.</summary>
    public int SlotSize { get; }

    public int SlotCount { get; }

    /// <summary>The DMA buffer.</summary>
    public HostBuffer Slots { get; }

    /// <summary>What tells the card where chunks go; null if it knows by itself.</summary>
    public DescriptorRing? Descriptors { get; }

    /// <summary>The status block.</summary>
    public HostBuffer Status { get; }

    public ChunkLedger Ledger { get; }
    public CyclicBuffer CyclicBuffer { get; }
    public Reader Reader { get; }

    /// <summary>The card numbers its chunks from 0 again; what it had written and nobody copied is given up.</summary>
    public void StartAnew()
    {
        Ledger.Abandon();
        Slots.Span.Clear();
        Status.Span.Clear();
        Descriptors?.GiveAll();
        Reader.ExpectNewRun();
    }
}
