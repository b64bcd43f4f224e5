using System.Security.Cryptography;
using Pcie.Daq;
using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Daq.Application;

public sealed class ReaderTests : IDisposable
{
    private readonly Machine machine = new();
    private readonly CyclicBuffer buffer = new(16, 256);
    private readonly MemoryStream output = new();

    public void Dispose() => output.Dispose();

    [Fact]
    public void PayloadComesOutInOrderHashedAndStored()
    {
        var reader = Read(new ReaderOptions { Hash = true }, Chunk(0, [1, 2, 3]), Chunk(1, []), Chunk(2, [4]));
        Assert.Equal([1, 2, 3, 4], output.ToArray());
        Assert.Equal(SHA256.HashData([1, 2, 3, 4]), reader.Sha256());
        Assert.Equal((3, 4, 0, 0, 0), (reader.Delivered, reader.Bytes, reader.Corrupt, reader.Missing, reader.OutOfOrder));
        Assert.Equal([0, 1, 2], machine.Trace.Where(e => e.Kind == TraceKind.ChunkDelivered).Select(e => e.A));
        Assert.Equal(0, buffer.Count);
    }

    [Fact]
    public void WithoutHashThereIsNone() => Assert.Null(Read(new ReaderOptions(), Chunk(0, [1])).Sha256());

    [Fact]
    public void GapsAreCountedByWhatIsMissing()
    {
        var reader = Read(new ReaderOptions(), Chunk(2, [1]), Chunk(3, [1]), Chunk(10, [1]));
        Assert.Equal((8, 0), (reader.Missing, reader.OutOfOrder));
    }

    [Fact]
    public void RepeatedAndEarlierNumbersAreOutOfOrder()
    {
        var reader = Read(new ReaderOptions(), Chunk(0, [1]), Chunk(0, [1]), Chunk(1, [1]), Chunk(0, [1]));
        Assert.Equal((0, 2), (reader.Missing, reader.OutOfOrder));
    }

    [Fact]
    public void WhatIsNoWholeChunkOrHasAWrongChecksumIsCorrupt()
    {
        var (flipped, cut, unmarked) = (Chunk(0, [1, 2, 3]), Chunk(1, [1, 2, 3])[..^1], Chunk(1, [1]));
        flipped[^1] ^= 1;
        unmarked[0] ^= 1;
        var reader = Read(new ReaderOptions(), flipped, cut, unmarked, Chunk(1, [9]));
        Assert.Equal((4, 3), (reader.Delivered, reader.Corrupt));
    }

    [Fact]
    public void AChunkWithoutItsPayloadIsTakenUnchecked()
    {
        var header = new byte[ChunkHeader.Size];
        new ChunkHeader(0, 65_536, SimTime.Zero, 0, true).Write(header);
        var reader = Read(new ReaderOptions(), header);
        Assert.Equal((1, 0, 0), (reader.Delivered, reader.Corrupt, reader.Bytes));
    }

    [Fact]
    public void TheRateSpacesWhatIsTaken()
    {
        // 100 bytes at 1 MB/s are 100 µs.
        Read(new ReaderOptions { BytesPerSecond = 1_000_000 }, Chunk(0, new byte[100]), Chunk(1, new byte[50]),
            Chunk(2, new byte[50]));
        Assert.Equal([0, 100_000, 150_000],
            machine.Trace.Where(e => e.Kind == TraceKind.ChunkDelivered).Select(e => e.Time.Nanoseconds));
    }

    [Fact]
    public void AChunkThatComesWhileTheReaderIsBusyWaitsForIt()
    {
        var reader = new Reader(buffer, machine.Timeline, machine.Tracer, new ReaderOptions { BytesPerSecond = 1_000_000 }, null);
        Put(reader, Chunk(0, new byte[100]));
        machine.At(30_000, () => Put(reader, Chunk(1, new byte[100])));
        machine.At(500_000, () => Put(reader, Chunk(2, new byte[100])));
        machine.RunTo(1_000_000);
        Assert.Equal([0, 100_000, 500_000],
            machine.Trace.Where(e => e.Kind == TraceKind.ChunkDelivered).Select(e => e.Time.Nanoseconds));
    }

    private Reader Read(ReaderOptions options, params byte[][] chunks)
    {
        var reader = new Reader(buffer, machine.Timeline, machine.Tracer, options, output);
        foreach (var chunk in chunks) Put(reader, chunk);
        machine.RunTo(1_000_000);
        return reader;
    }

    private void Put(Reader reader, byte[] chunk)
    {
        Assert.True(buffer.TryWrite(chunk));
        reader.ChunkAvailable();
    }

    private static byte[] Chunk(ulong sequence, byte[] payload)
    {
        var chunk = new byte[ChunkHeader.Size + payload.Length];
        new ChunkHeader(sequence, payload.Length, SimTime.Zero, ChunkHeader.ChecksumOf(payload), false).Write(chunk);
        payload.CopyTo(chunk, ChunkHeader.Size);
        return chunk;
    }
}
