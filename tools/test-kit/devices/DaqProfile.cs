using Pcie.Daq;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Hosting;
using Pcie.TestKit.Registers;

namespace Pcie.TestKit.Devices;

/// <summary>The data-acquisition card; docs/registers.md is its data sheet.</summary>
public sealed class DaqProfile : DeviceProfile
{
    private const int Slots = 4;

    private static readonly RegisterMap Map = RegisterMap.Of(EmulatedCard.InNoSlot(CardDesign.Daq(new DaqCardOptions())).Card.Registers);

    public override string Name => "the data-acquisition card";
    public override RegisterMap Registers => Map;
    public override string Scratch => "SCRATCH";
    public override string WriteOneToClear => "INT_CAUSE.DATA_READY";
    public override int Messages => CauseBits.Count;

    /// <summary>Cause n on vector n; what was raised before is cleared, so that every re-arm policy sends.</summary>
    public override void Raise(TestBench bench, int message)
    {
        bench.Write("INT_CAUSE", CauseBits.All);
        bench.Write("INT_REARM", uint.MaxValue);
        bench.Write("INT_ENABLE", CauseBits.All);
        bench.Write("INT_ROUTING.PER_CAUSE", 1);
        bench.Write("INT_TEST", 1u << message);
    }

    /// <summary>A ring, of which the first chunk is looked at.</summary>
    public override Func<bool> Stream(TestBench bench)
    {
        var size = (int)(ChunkHeader.Size + bench.Read("CHUNK_SIZE") + 63) & ~63;
        var slots = bench.Memory.Allocate(size * Slots);
        bench.Write("INT_CAUSE", CauseBits.All);
        bench.Write("INT_ENABLE", 1);
        bench.Write("INT_REARM", uint.MaxValue);
        bench.Write("DMA_BASE_LO", (uint)slots.Address);
        bench.Write("DMA_BASE_HI", (uint)(slots.Address >> 32));
        bench.Write("DMA_SLOT_SIZE", (uint)size);
        bench.Write("DMA_SLOT_COUNT", Slots);
        bench.Write("DMA_CONTROL.MODE", 2);
        bench.Write("DMA_CONTROL.ENABLE", 1);
        bench.Write("SOURCE_CONTROL", 1);
        return () => ChunkHeader.TryRead(slots.Span, out var header) && header.Length <= size - ChunkHeader.Size
            && (header.PayloadOmitted || header.Checksum == ChunkHeader.ChecksumOf(slots.Span.Slice(ChunkHeader.Size, header.Length)));
    }
}
