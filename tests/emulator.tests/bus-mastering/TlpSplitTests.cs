using Pcie.Daq;
using Pcie.Emulator.Daq;
using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Daq.Streaming;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.BusMastering;

/// <summary>PCI Express Base Specification 2.2.7: no request crosses 4 KiB; 7.5.3.4: nor is any longer than the host allows.</summary>
public sealed class TlpSplitTests
{
    private const ulong Page = 0x1_0000_0000;

    private static readonly int[] Lengths = [.. Enumerable.Range(1, 31), 1024, 4096];

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    [InlineData(512)]
    [InlineData(4096)]
    public void PiecesFollowOneAnotherWithinTheLimitAndWithinAPageAndAreAsFewAsCanBe(int limit)
    {
        foreach (var length in Lengths)
            for (var offset = 4096 - 40; offset <= 4096 + 40; offset++)
            {
                var (next, count) = (Page + (ulong)offset, 0);
                foreach (var (address, bytes) in new TlpSplit(Page + (ulong)offset, length, limit))
                {
                    Assert.Equal(next, address);
                    Assert.InRange(bytes, 1, limit);
                    Assert.Equal(address / 4096, (address + (ulong)bytes - 1) / 4096);
                    next += (ulong)bytes;
                    count++;
                }
                Assert.Equal(Page + (ulong)(offset + length), next);
                Assert.Equal(BytewiseCount(Page + (ulong)offset, length, limit), count);
                Assert.Equal(count, TlpSplit.CountOf(Page + (ulong)offset, length, limit));
            }
    }

    [Fact]
    public void AChunkOfAnyLengthAtAnyOffsetArrivesExactlyAndCountsItsTlps()
    {
        foreach (var length in Lengths)
            for (var offset = 4096 - 48; offset <= 4096 + 16; offset += 4)
            {
                using var card = new DaqHost(DaqHost.Small with { ChunkSize = length, Source = SourceKind.Random });
                var slot = Page + (ulong)offset;
                card.StartDma(DmaMode.OneBuffer, at: slot);
                card.StartSource();
                card.RunPeriods(1);

                Assert.True(ChunkHeader.TryRead(card.Host.Memory(slot, ChunkHeader.Size), out var header));
                Assert.Equal(length, header.Length);
                Assert.Equal(header.Checksum, ChunkHeader.ChecksumOf(card.Host.Memory(slot + ChunkHeader.Size, length)));
                var end = slot + card.SlotSize;
                Assert.All(card.Host.Sent, s => Assert.True(s.Tlp.Address >= slot && s.Tlp.Address + (ulong)s.Tlp.Length <= end));
                var tlps = card.Host.Sent.Sum(s => BytewiseCount(s.Tlp.Address, s.Tlp.Length, 128));
                Assert.Equal((ulong)tlps, card.Host.Read64(DaqHost.OffsetOf("DMA_TLPS_LO")));
            }
    }

    // 1056 bytes from a page's start are nine TLPs of at most 128 (the reset value of Max_Payload_Size), their header is another.
    [Theory]
    [InlineData(0, 1_056)]
    [InlineData(20, 1_056 + 10 * 20)]
    [InlineData(24, 1_056 + 10 * 24)]
    public void ATransferTakesTheTimeOfItsTlpsHeadersToo(int overhead, long nanoseconds)
    {
        using var card = new DaqHost(DaqHost.Small with { ChunkSize = 1024, TlpOverhead = overhead });
        card.StartDma();
        card.StartSource();
        card.RunPeriods(1);
        Assert.Equal(new Duration(nanoseconds),
            card.Host.Traced(TraceKind.ChunkWritten).Single().Time - card.Host.Traced(TraceKind.ChunkStarted).Single().Time);
    }

    // Byte after byte: another TLP begins at a page's start, and where the last one is full.
    private static int BytewiseCount(ulong address, int length, int limit)
    {
        var (count, inThis) = (0, 0);
        for (var i = 0; i < length; i++)
        {
            if (i == 0 || inThis == limit || (address + (ulong)i) % 4096 == 0) (count, inThis) = (count + 1, 0);
            inThis++;
        }
        return count;
    }
}
