using Pcie.Emulator.Daq;
using Pcie.Emulator.Tests.Fixtures;

namespace Pcie.Emulator.Tests.Daq.Streaming;

/// <summary>A stream from outside goes through the DMA core: a packet is a chunk, and what finds no room waits outside.</summary>
public sealed class StreamInletTests : IDisposable
{
    private static readonly byte[] Packet = [.. Enumerable.Range(1, 100).Select(n => (byte)n)];

    private readonly DaqHost daq;
    private int taken;

    public StreamInletTests() => daq = new DaqHost(DaqHost.Small with { FifoChunks = 1 }, taken: () => taken++);

    public void Dispose() => daq.Dispose();

    [Fact]
    public void APacketIsAChunkOrSeveralIfItIsLonger()
    {
        daq.StartDma();
        daq.StartSource();

        Offer(Packet.AsSpan(..10), ends: false);
        Offer(Packet.AsSpan(10..), ends: true);
        Offer(Packet.AsSpan(..5), ends: true);

        Assert.Equal((64, 36, 5), (daq.Slot(0)!.Value.Length, daq.Slot(1)!.Value.Length, daq.Slot(2)!.Value.Length));
        Assert.Equal<byte>(Packet, daq.Payload(0, 64).Concat(daq.Payload(1, 36)));
        Assert.Equal((3, 3ul), (taken, daq.Card.Chunks.Written));
    }

    [Fact]
    public void WhereAChunkIsFullThePacketNeedsNoEnd()
    {
        daq.StartDma();
        daq.StartSource();

        Offer(Packet.AsSpan(..63), ends: false);
        Offer(Packet.AsSpan(63..64), ends: false);
        Offer([], ends: true);

        Assert.Equal((1ul, 64), (daq.Card.Chunks.Produced, daq.Slot(0)!.Value.Length));
    }

    [Fact]
    public void NothingIsTakenWhileTheSourceIsStopped()
    {
        daq.StartDma();
        Offer(Packet, ends: true);
        Assert.Equal((0, 0ul), (taken, daq.Card.Chunks.Produced));

        daq.StartSource();
        Assert.Equal(1, taken);
    }

    [Fact]
    public void WhatFindsTheFifoFullWaitsAndIsNotDropped()
    {
        daq.StartDma(whenFull: WhenFull.HoldBack, slots: 2);
        daq.StartSource();

        // Two in the slots, one in the FIFO, and one that waits.
        for (var packet = 0; packet < 4; packet++) Offer(Packet.AsSpan(..64), ends: true);
        Assert.Equal((3, 3ul), (taken, daq.Card.Chunks.Produced));

        daq.Write("DMA_TAIL", 1);
        Run();
        Assert.Equal((4, 4ul, 0ul), (taken, daq.Card.Chunks.Produced, daq.Card.Chunks.Dropped));
    }

    [Fact]
    public void AResetForgetsWhatWaits()
    {
        Offer(Packet, ends: true);

        daq.Card.Reset();
        daq.StartDma();
        daq.StartSource();
        Run();

        Assert.Equal((0, 0ul), (taken, daq.Card.Chunks.Produced));
    }

    private void Offer(ReadOnlySpan<byte> bytes, bool ends)
    {
        daq.Card.Inlet!.Offer(bytes, ends);
        Run();
    }

    private void Run() => daq.RunPeriods(1);
}
