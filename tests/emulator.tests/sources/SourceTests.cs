using Pcie.Emulator.Daq.Interrupts;
using System.Security.Cryptography;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Sources;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Sources;

public sealed class SourceTests : IDisposable
{
    private readonly string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public void Dispose() => File.Delete(path);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(64)]
    public void CounterIsOneStreamHoweverItIsCut(int chunk)
    {
        using var source = new CounterSource();
        var stream = new List<byte>();
        var buffer = new byte[chunk];
        while (stream.Count < 200)
        {
            Assert.Equal(chunk, source.Next(buffer, chunk));
            stream.AddRange(buffer);
        }
        for (var i = 0; i + 8 <= 200; i += 8) Assert.Equal((ulong)i / 8, BitConverter.ToUInt64([.. stream], i));
    }

    [Fact]
    public void RandomDependsOnTheSeedAloneAndRewinds()
    {
        using var one = new RandomSource(1);
        using var same = new RandomSource(1);
        using var other = new RandomSource(2);
        var first = Take(one);
        Assert.Equal(first, Take(same));
        Assert.NotEqual(first, Take(other));
        Assert.NotEqual(first, Take(one));
        one.Rewind();
        Assert.Equal(first, Take(one));
    }

    [Fact]
    public void AFileEndsWithAShortChunk()
    {
        File.WriteAllBytes(path, [.. Enumerable.Range(0, 20).Select(i => (byte)i)]);
        using var source = new FileSource(path, repeat: false);
        var buffer = new byte[8];
        Assert.Equal([8, 8, 4], Enumerable.Range(0, 3).Select(_ => source.Next(buffer, 8)));
        Assert.Equal([16, 17, 18, 19], buffer[..4]);
        Assert.False(source.HasNext);
    }

    [Fact]
    public void ARepeatedFileBeginsAnewInTheMiddleOfAChunk()
    {
        File.WriteAllBytes(path, [1, 2, 3]);
        using var source = new FileSource(path, repeat: true);
        var buffer = new byte[2];
        List<byte> taken = [];
        for (var chunk = 0; chunk < 4; chunk++)
        {
            Assert.Equal(2, source.Next(buffer, 2));
            taken.AddRange(buffer);
        }
        Assert.Equal([1, 2, 3, 1, 2, 3, 1, 2], taken);
        Assert.True(source.HasNext);
    }

    [Fact]
    public void AFileThatIsCutShortWhileItIsReadIsAnError()
    {
        File.WriteAllBytes(path, [1, 2, 3, 4]);
        using var source = new FileSource(path, repeat: false);
        using (var writer = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) writer.SetLength(1);
        var buffer = new byte[4];
        var error = Assert.Throws<IOException>(() => source.Next(buffer, 4));
        Assert.Contains("was cut short while it was streamed: it had 4 bytes when it was opened, and ends after 1 now", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AnEmptyFileIsRefused()
    {
        File.WriteAllBytes(path, []);
        var refusal = Assert.Throws<IOException>(() => new FileSource(path, repeat: true));
        Assert.Contains("empty", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(64)]
    [InlineData(100)]
    [InlineData(1000)]
    public void AFileArrivesInHostMemoryByteForByteAndTheSourceEnds(int chunk)
    {
        var data = new byte[1000];
        new Randomness.RandomStream(3, "test").Fill(data);
        File.WriteAllBytes(path, data);
        using var card =
            new DaqHost(DaqHost.Small with { Source = SourceKind.File, Path = path, ChunkSize = chunk, HashPayload = true });
        card.StartDma(slots: 32);
        card.StartSource();
        card.RunPeriods(40);
        var arrived = new List<byte>();
        for (var slot = 0; card.Slot(slot) is { } header; slot++)
        {
            var payload = card.Payload(slot, header.Length);
            Assert.Equal(header.Checksum, Pcie.Daq.ChunkHeader.ChecksumOf(payload));
            arrived.AddRange(payload);
        }
        Assert.Equal(data, arrived);
        Assert.Equal(SHA256.HashData(data), card.Card.PayloadSha256);
        Assert.Equal(DmaStatus.SourceEnded | DmaStatus.SourceFinite, card.Read("DMA_STATUS"));
        Assert.Equal(SimTime.Never, card.Host.Timeline.NextDue);
        card.Host.Function.Reset();
        Assert.Equal(SHA256.HashData(data), card.Card.PayloadSha256);
    }

    [Fact]
    public void JitterDelaysChunksAndTheRateDoesNotDrift()
    {
        var jitter = Randomness.Distribution.Uniform(Duration.Zero, Duration.FromMicroseconds(40));
        using var card = new DaqHost(DaqHost.Small with { Jitter = jitter });
        card.StartDma();
        card.StartSource();
        card.Host.RunUntil(new SimTime(100_050_000));
        var times = card.Host.Traced(TraceKind.ChunkStarted).Select(e => e.Time.Nanoseconds).ToList();
        Assert.Equal(1000, times.Count);
        for (var i = 0; i < times.Count; i++) Assert.InRange(times[i] - 100_000L * (i + 1), 0, 40_000);
        Assert.True(times.Select((t, i) => t - 100_000L * (i + 1)).Distinct().Count() > 900);
    }

    [Theory]
    [InlineData(250, 250_000)]
    [InlineData(0, 30_000)]
    public void TheFirstChunkComesWhenToldOrAtTheStartIfThatIsLater(int atMicroseconds, long expected)
    {
        using var card = new DaqHost(DaqHost.Small with { FirstChunkAt = Duration.FromMicroseconds(atMicroseconds) });
        card.StartDma();
        card.Host.RunUntil(new SimTime(30_000));
        card.StartSource();
        card.Host.RunUntil(new SimTime(500_000));
        Assert.Equal(expected, card.Host.Traced(TraceKind.ChunkStarted).First().Time.Nanoseconds);
    }

    [Fact]
    public void TheSameSeedGivesTheSameTrace()
    {
        ulong Run(ulong seed)
        {
            using var card = new DaqHost(DaqHost.Small with
            {
                Seed = seed,
                Source = SourceKind.Random,
                Jitter = Randomness.Distribution.Exponential(Duration.FromMicroseconds(30)),
            });
            card.EnableCauses(Cause.DataReady);
            card.StartDma();
            card.StartSource();
            card.RunPeriods(100);
            return card.Host.Tracer.Digest;
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    private static byte[] Take(RandomSource source)
    {
        var bytes = new byte[20];
        source.Next(bytes, bytes.Length);
        return bytes;
    }

    [Fact]
    public void AFileThatIsNotThereIsNamedAndSoIsTheKey()
    {
        var missing = Assert.Throws<IOException>(() => new FileSource($"{path}.none", repeat: false));
        var directory = Assert.Throws<IOException>(() => new FileSource(Path.GetDirectoryName(path)!, repeat: false));

        Assert.Contains($"{path}.none is not there", missing.Message, StringComparison.Ordinal);
        Assert.Contains("[card.source]", missing.Message, StringComparison.Ordinal);
        Assert.Contains("is a folder", directory.Message, StringComparison.Ordinal);
    }
}
