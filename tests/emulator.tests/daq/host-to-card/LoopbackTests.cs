using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Daq.Streaming;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Daq.HostToCard;

/// <summary>
/// Host to card and back: what the card reads of host memory comes out as chunks (docs/registers.md: H2C_CONTROL, H2C_STATUS). Max_Read_Request_Size
/// is 512.
/// </summary>
public sealed class LoopbackTests : IDisposable
{
    private const ulong Buffer = 0x5_0000_0000;

    private readonly DaqHost card = new(DaqHost.Small with { ChunkSize = 1024, FifoChunks = 2, HashPayload = true });
    private readonly HostRam ram;
    private readonly byte[] buffer;

    public LoopbackTests()
    {
        ram = new HostRam(card.Host);
        buffer = ram.Map(Buffer, 32 << 10);
        new System.Random(1).NextBytes(buffer);
        card.EnableCauses(Cause.DataReady, Cause.DmaError);
    }

    public void Dispose() => card.Dispose();

    private uint Status => card.Read("H2C_STATUS");

    private void Read(ulong address, uint length)
    {
        card.Write("H2C_BASE_LO", (uint)address);
        card.Write("H2C_BASE_HI", (uint)(address >> 32));
        card.Write("H2C_LENGTH", length);
        card.Write("H2C_CONTROL", 1);
    }

    private byte[] Delivered(int chunks) =>
        [.. Enumerable.Range(0, chunks).SelectMany(slot => card.Payload(slot, card.Slot(slot)!.Value.Length))];

    [Fact]
    public void WhatGoesInComesOut()
    {
        card.StartDma(slots: 32);
        Read(Buffer, 20_000);
        Assert.Equal(H2cStatus.Busy, Status);
        card.RunPeriods(1);
        Assert.Equal(H2cStatus.Done, Status);
        Assert.Equal(buffer[..20_000], Delivered(20));
        Assert.Equal(new ChunkCounters(20, 20, 0, 0), card.Card.Chunks);
        Assert.Equal(20, card.Vectors.Count);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(buffer.AsSpan(0, 20_000)), card.Card.PayloadSha256);
    }

    // PCI Express Base Specification 2.2.7 and 7.5.3.4: no read crosses 4 KiB, nor asks for more than Max_Read_Request_Size.
    [Fact]
    public void ReadsAreSplitAtPagesAndAtTheLargestRequest()
    {
        foreach (var length in (int[])[4, 8, 28, 32, 508, 512, 516, 1024, 4096])
            for (var offset = 4096 - 32; offset <= 4096 + 32; offset += 4)
            {
                using var test = new LoopbackTests();
                test.card.StartDma(slots: 8);
                test.Read(Buffer + (ulong)offset, (uint)length);
                test.card.RunPeriods(1);
                Assert.Equal(test.buffer[offset..(offset + length)], test.Delivered((length + 1023) / 1024));
                Assert.All(test.ram.Reads, read =>
                {
                    Assert.InRange(read.Length, 4, 512);
                    Assert.Equal(read.Address / 4096, (read.Address + (ulong)read.Length - 1) / 4096);
                });
                var next = Buffer + (ulong)offset;
                foreach (var read in test.ram.Reads)
                {
                    Assert.Equal(next, read.Address);
                    next += (ulong)read.Length;
                }
                Assert.Equal(Buffer + (ulong)(offset + length), next);
            }
    }

    [Fact]
    public void ItWaitsForRoomAndOverflowsNothing()
    {
        card.StartDma(whenFull: WhenFull.HoldBack, slots: 2);
        Read(Buffer, 8 * 1024);
        card.RunPeriods(1);
        // Two in the ring, two in the FIFO, and one that is read and not yet a chunk.
        Assert.Equal((4ul, 2ul), (card.Card.Chunks.Produced, card.Card.ChunksInCard));
        Assert.Equal((H2cStatus.Busy, 10), (Status, ram.Reads.Count));
        var got = Delivered(2).ToList();
        for (var tail = 2u; tail < 8; tail += 2)
        {
            card.Write("DMA_TAIL", tail);
            card.RunPeriods(1);
            got.AddRange(Delivered(2));
        }
        Assert.Equal(buffer[..8192], got);
        Assert.Equal((H2cStatus.Done, new ChunkCounters(8, 8, 0, 0)), (Status, card.Card.Chunks));
    }

    [Fact]
    public void LoopedChunksAndTheSourcesShareOneSequence()
    {
        card.StartDma(slots: 16);
        card.StartSource();
        card.RunPeriods(2);
        Read(Buffer, 2048);
        card.RunPeriods(2);
        Assert.Equal([0L, 1L, 2L, 3L, 4L, 5L], card.Host.Traced(TraceKind.ChunkWritten).Select(e => e.A));
        Assert.Equal(buffer[..1024], card.Payload(2, 1024));
    }

    [Theory]
    [InlineData(null, DmaError.UnsupportedRequest)]
    [InlineData(CompletionStatus.CompleterAbort, DmaError.CompleterAbort)]
    public void AReadThatFailsEndsItAndWhatWasWholeBeforeIsThere(CompletionStatus? answer, DmaError error)
    {
        card.StartDma(slots: 64);
        ram.AnswersWith = answer;
        // The last two KiB of the buffer, and beyond.
        Read(Buffer + (30 << 10), 4096);
        card.RunPeriods(1);
        Assert.Equal((uint)error << 8, Status);
        Assert.Equal(answer is null ? 2ul : 0ul, card.Card.Chunks.Written);
        Assert.NotEqual(0u, card.Read("INT_CAUSE") & 1u << (int)Cause.DmaError);
        ram.AnswersWith = null;
        Read(Buffer, 1024);
        card.RunPeriods(1);
        Assert.Equal(H2cStatus.Done, Status);
    }

    [Fact]
    public void WithoutBusMasterEnableNothingIsRead()
    {
        card.Host.BusMaster(false);
        Read(Buffer, 1024);
        Assert.Equal((uint)DmaError.BusMasterDisabled << 8, Status);
        Assert.Empty(ram.Reads);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnswersToReadsFromBeforeAnAbortAreNobodys(bool byReset)
    {
        ram.Latency = Duration.FromMicroseconds(20);
        card.StartDma();
        Read(Buffer, 1024);
        card.Host.RunFor(Duration.FromMicroseconds(5));
        if (byReset)
        {
            card.Host.Function.Reset();
            card.Host.Enable().EnableMsi();
            card.StartDma();
        }
        else
        {
            card.Write("H2C_CONTROL", 2);
        }
        Assert.Equal(0u, Status);
        Read(Buffer + 8192, 1024);
        card.RunPeriods(1);
        Assert.Equal(1ul, card.Card.Chunks.Produced);
        Assert.Equal(buffer[8192..9216], card.Payload(0, 1024));
        Assert.Contains(new("h2c.failures", 0), card.Card.Statistics);
    }

    [Fact]
    public void AStartWhileBusyOrOfNothingIsRefusedAndIsADmaError()
    {
        card.StartDma();
        Read(Buffer, 0);
        Assert.Equal(1u << (int)Cause.DmaError, card.Read("INT_CAUSE"));
        Read(Buffer, 1024);
        card.Write("H2C_CONTROL", 1);
        card.RunPeriods(1);
        Assert.Equal(1ul, card.Card.Chunks.Written);
        Assert.Contains(new("h2c.starts-refused", 2), card.Card.Statistics);
    }

    [Fact]
    public void HeaderOnlyCountsWhatWasRead()
    {
        using var light = new DaqHost(DaqHost.Small with { HeaderOnly = true });
        var memory = new HostRam(light.Host);
        memory.Map(Buffer, 4096);
        light.StartDma();
        light.Write("H2C_BASE_HI", (uint)(Buffer >> 32));
        light.Write("H2C_LENGTH", 128);
        light.Write("H2C_CONTROL", 1);
        light.RunPeriods(1);
        Assert.Equal(2ul, light.Card.Chunks.Written);
        Assert.Equal((64, true), (light.Slot(1)!.Value.Length, light.Slot(1)!.Value.PayloadOmitted));
    }
}
