using System.Buffers.Binary;
using CsCheck;
using Pcie.DriverModel.Daq.Application;

namespace Pcie.DriverModel.Tests.Daq.Application;

public sealed class CyclicBufferTests
{
    [Fact]
    public void ItBehavesAsABoundedQueueThatCountsWhatItRefuses() =>
        Gen.Select(Gen.Int[1, 5], Gen.Int[-1, 9].Array[0, 100]).Sample((places, operations) =>
        {
            var (buffer, model) = (new CyclicBuffer(places, 8), new Queue<byte[]>());
            var (refused, highWater) = (0, 0);
            foreach (var operation in operations)
            {
                if (operation >= 0)
                {
                    // Nine bytes do not fit into a place of eight.
                    var chunk = Enumerable.Repeat((byte)model.Count, operation).ToArray();
                    var fits = model.Count < places && operation <= 8;
                    if (fits) model.Enqueue(chunk);
                    else refused++;
                    Assert.Equal(fits, buffer.TryWrite(chunk));
                    highWater = Math.Max(highWater, model.Count);
                }
                else if (model.TryDequeue(out var expected))
                {
                    Assert.True(buffer.TryPeek(out var chunk));
                    Assert.Equal(expected, chunk.ToArray());
                    buffer.Release();
                }
                else
                {
                    Assert.False(buffer.TryPeek(out _));
                    Assert.Throws<InvalidOperationException>(buffer.Release);
                }
                Assert.Equal((model.Count, refused, highWater), (buffer.Count, (int)buffer.Refused, buffer.HighWater));
            }
        }, iter: 500);

    [Fact]
    public void AChunkStaysWhereItIsUntilItIsReleased()
    {
        var buffer = new CyclicBuffer(2, 4);
        buffer.TryWrite([1]);
        buffer.TryWrite([2]);
        Assert.True(buffer.TryPeek(out var first));
        Assert.False(buffer.TryWrite([3]));
        Assert.Equal([1], first.ToArray());
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, 0)]
    public void ItHoldsSomething(int places, int size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new CyclicBuffer(places, size));

    [Fact]
    public void NoChunkIsTornOrLostBetweenTwoThreads()
    {
        const int Chunks = 30_000, Size = 512;
        var buffer = new CyclicBuffer(7, Size);
        var producer = new Thread(() =>
        {
            var chunk = new byte[Size];
            for (var i = 0; i < Chunks;)
            {
                // Every word is the chunk's number: half of one and half of another shows.
                for (var at = 0; at < Size; at += 4) BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(at), i);
                if (buffer.TryWrite(chunk.AsSpan(0, 4 + i % (Size / 4) * 4))) i++;
                else Thread.Yield();
            }
        }) { IsBackground = true };
        producer.Start();
        for (var i = 0; i < Chunks;)
        {
            if (!buffer.TryPeek(out var chunk))
            {
                Thread.Yield();
                continue;
            }
            Assert.Equal(4 + i % (Size / 4) * 4, chunk.Length);
            for (var at = 0; at < chunk.Length; at += 4) Assert.Equal(i, BinaryPrimitives.ReadInt32LittleEndian(chunk[at..]));
            buffer.Release();
            i++;
        }
        producer.Join();
        Assert.Equal(0, buffer.Count);
        Assert.InRange(buffer.HighWater, 1, 7);
    }
}
