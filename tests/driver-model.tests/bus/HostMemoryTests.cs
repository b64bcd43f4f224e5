using CsCheck;
using Pcie.Pci;
using Pcie.Pci.Memory;

namespace Pcie.DriverModel.Tests.Bus;

public sealed class HostMemoryTests
{
    private readonly HostMemory memory = new();

    [Fact]
    public void BuffersLieAboveFourGibibytesOnPagesOfTheirOwnWithAnUnmappedOneBetween()
    {
        var buffers = new[] { 1, 4096, 4097, 64 }.Select(length => memory.Allocate(length)).ToArray();
        Assert.All(buffers, b => Assert.True(b.Address >= 1UL << 32 && b.Address % 4096 == 0));
        foreach (var (a, b) in buffers.Zip(buffers.Skip(1))) Assert.True(b.Address >= a.Address + (ulong)a.Length + 4096);
    }

    [Fact]
    public void ForADeviceThatDrivesFewBitsBuffersLieBelowThatAndWhatDoesNotFitIsRefused()
    {
        var (low, high) = (memory.Allocate(4096, addressWidth: 28), memory.Allocate(4096));

        Assert.True(low.Address + 4096 <= 1UL << 28 && high.Address >= 1UL << 32);
        Write(low.Address, [1, 2, 3, 4]);
        Assert.Equal([1, 2, 3, 4], low.Span[..4].ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Allocate(1 << 28, addressWidth: 28));
    }

    [Fact]
    public void AWriteGoesWhereItsAddressSaysAndTheObserverIsTold()
    {
        var (a, b) = (memory.Allocate(4096), memory.Allocate(4096));
        var observer = new Observer();
        b.Observer = observer;
        Write(b.Address + 8, [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 0], b.Span.Slice(7, 10).ToArray());
        Assert.Equal(-1, a.Span.IndexOfAnyExcept((byte)0));
        Assert.Equal([(8, 8)], observer.Writes);
    }

    [Theory]
    [InlineData(-4, 8)]
    [InlineData(-4, 4)]
    [InlineData(4088, 12)]
    [InlineData(4096, 4)]
    [InlineData(8191, 1)]
    public void WhatIsNotWhollyInsideABufferChangesNothingAndIsCounted(int offset, int length)
    {
        var buffer = memory.Allocate(4096);
        var address = (ulong)((long)buffer.Address + offset);
        Write(address, [.. Enumerable.Repeat((byte)0xFF, length)]);
        Assert.False(memory.TryRead(Tlp.Request(TlpKind.MemoryRead, address, length), out _));
        Assert.Equal(2, memory.Undecoded);
        Assert.Equal(-1, buffer.Span.IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void AnAddressNearTheEndOfTheAddressSpaceDoesNotWrapIntoABuffer()
    {
        memory.Allocate(4096);
        Assert.False(memory.TryRead(Tlp.Request(TlpKind.MemoryRead, ulong.MaxValue - 3, 4), out _));
    }

    [Fact]
    public void OnlyEnabledBytesAreWritten() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[1, 23]).Sample((offset, count) =>
        {
            var host = new HostMemory();
            var buffer = host.Allocate(64);
            buffer.Span.Fill(0xEE);
            var tlp = Tlp.Request(TlpKind.MemoryWrite, buffer.Address + (ulong)offset, count);
            var payload = Enumerable.Range(1, tlp.Length).Select(i => (byte)i).ToArray();
            host.Write(tlp, payload);
            var lead = offset & 3;
            for (var i = 0; i < 64; i++)
                Assert.Equal(i >= offset && i < offset + count ? payload[lead + i - offset] : 0xEE, buffer.Span[i]);
        }, iter: 300);

    // PCI Express Base Specification 2.2.5: byte enables say which bytes of the first and the last DW are meant.
    [Fact]
    public void AnyRunOfBytesAroundAPageBoundaryIsWrittenAndReadAsItIs()
    {
        var buffer = memory.Allocate(8192);
        var expected = new byte[8192];
        new System.Random(1).NextBytes(expected);
        expected.CopyTo(buffer.Span);
        foreach (var length in (int[])[.. Enumerable.Range(1, 31), 1024])
            for (var offset = 4096 - 40; offset <= 4096 + 8; offset++)
            {
                for (var i = 0; i < length; i++) expected[offset + i] = (byte)(offset * 31 + length * 7 + i);
                Write(buffer.Address + (ulong)offset, expected[offset..(offset + length)]);
                Assert.True(buffer.Span.SequenceEqual(expected), $"{length} bytes at {offset} were not written as they are.");
                var read = Tlp.Request(TlpKind.MemoryRead, buffer.Address + (ulong)offset, length);
                Assert.True(memory.TryRead(read, out var bytes));
                Assert.True(bytes.SequenceEqual(expected.AsSpan(offset & ~3, read.Length)), $"{length} bytes at {offset} were not read as they are.");
            }
    }

    [Fact]
    public void ABufferHasALength() => Assert.Throws<ArgumentOutOfRangeException>(() => memory.Allocate(0));

    private void Write(ulong address, byte[] bytes)
    {
        var tlp = Tlp.Request(TlpKind.MemoryWrite, address, bytes.Length);
        var payload = new byte[tlp.Length];
        bytes.CopyTo(payload, (int)(address & 3));
        memory.Write(tlp, payload);
    }

    private sealed class Observer : IMemoryObserver
    {
        public List<(int Offset, int Length)> Writes { get; } = [];

        public void Written(int offset, int length) => Writes.Add((offset, length));
    }
}
