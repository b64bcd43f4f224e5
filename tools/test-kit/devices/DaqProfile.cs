using Pcie.Daq;

namespace Pcie.TestKit.Devices;

/// <summary>The data-acquisition card; docs/registers.md is its data sheet.</summary>
public sealed class DaqProfile : DeviceProfile
{
    private const int Slots = 4;

    private const int Causes = 6;
    private const uint AllCauses = (1 << Causes) - 1;

    // Written down a second time, as a driver's header is: whoever checks a card does not take its word for where its registers are.
    private static readonly RegisterMap Map = new RegisterMap()
        .Register("SCRATCH", 0, 0x008)
        .Register("INT_CAUSE", 0, 0x020).Field("INT_CAUSE.DATA_READY", 0, keeps: false)
        .Register("INT_ENABLE", 0, 0x024)
        .Register("INT_ROUTING", 0, 0x028).Field("INT_ROUTING.PER_CAUSE", 0)
        .Register("INT_REARM", 0, 0x030)
        .Register("INT_TEST", 0, 0x034)
        .Register("DMA_CONTROL", 0, 0x100).Field("DMA_CONTROL.ENABLE", 0).Field("DMA_CONTROL.MODE", 1, 2)
        .Register("DMA_BASE_LO", 0, 0x108).Register("DMA_BASE_HI", 0, 0x10C)
        .Register("DMA_SLOT_SIZE", 0, 0x110).Register("DMA_SLOT_COUNT", 0, 0x114)
        .Register("SOURCE_CONTROL", 0, 0x140)
        .Register("CHUNK_SIZE", 0, 0x144);

    public override string Name => "the data-acquisition card";
    public override RegisterMap Registers => Map;
    public override string Scratch => "SCRATCH";
    public override string WriteOneToClear => "INT_CAUSE.DATA_READY";
    public override int Messages => Causes;

    /// <summary>Cause n on vector n; what was raised before is cleared, so that every re-arm policy sends.</summary>
    public override void Raise(TestBench bench, int message)
    {
        bench.Write("INT_CAUSE", AllCauses);
        bench.Write("INT_REARM", uint.MaxValue);
        bench.Write("INT_ENABLE", AllCauses);
        bench.Write("INT_ROUTING.PER_CAUSE", 1);
        bench.Write("INT_TEST", 1u << message);
    }

    public override bool Acknowledge(TestBench bench)
    {
        bench.Write("INT_CAUSE", AllCauses);
        return true;
    }

    /// <summary>A ring, of which the first chunk is looked at.</summary>
    public override Func<bool> Stream(TestBench bench)
    {
        var size = (int)(ChunkHeader.Size + bench.Read("CHUNK_SIZE") + 63) & ~63;
        var slots = bench.Memory.Allocate(size * Slots);
        bench.Write("INT_CAUSE", AllCauses);
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
