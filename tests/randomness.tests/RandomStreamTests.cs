using CsCheck;

namespace Pcie.Randomness.Tests;

public sealed class RandomStreamTests
{
    [Fact]
    public void TheGeneratorIsXoshiro256StarStar()
    {
        // First outputs from state {1, 2, 3, 4}, as other implementations of the published algorithm give them.
        var stream = new RandomStream(1, 2, 3, 4);
        ulong[] published = [11520, 0, 1509978240, 1215971899390074240, 1216172134540287360, 607988272756665600];
        foreach (var value in published) Assert.Equal(value, stream.NextUInt64());
    }

    [Fact]
    public void FirstDrawsOfASeedAndANameAreKeptForEver()
    {
        var stream = new RandomStream(1, "card.source.jitter");
        Assert.Equal([16943205918640706512UL, 8099212527527916529UL, 958177351590816559UL],
            new[] { stream.NextUInt64(), stream.NextUInt64(), stream.NextUInt64() });
    }

    [Fact]
    public void SameSeedAndNameGiveTheSameDraws() => Gen.ULong.Select(Gen.String).Sample((seed, name) =>
    {
        var (a, b) = (new RandomStream(seed, name), new RandomStream(seed, name));
        for (var i = 0; i < 10; i++) Assert.Equal(a.NextUInt64(), b.NextUInt64());
    }, iter: 500);

    [Fact]
    public void AnotherSeedOrNameGivesOtherDraws()
    {
        var seen = new HashSet<ulong>();
        for (var seed = 0UL; seed < 100; seed++)
            for (var name = 0; name < 100; name++)
                Assert.True(seen.Add(new RandomStream(seed, $"source{name}").NextUInt64()), $"Seed {seed}, source {name} is another's stream.");
    }

    [Fact]
    public void DoublesFillTheUnitInterval()
    {
        var stream = new RandomStream(7, "doubles");
        var (sum, below, open) = (0.0, 0, 0.0);
        const int n = 1_000_000;
        for (var i = 0; i < n; i++)
        {
            var closed = stream.NextDouble();
            Assert.InRange(closed, 0, Math.BitDecrement(1));
            sum += closed;
            if (closed < 0.01) below++;
            var value = stream.NextOpenDouble();
            Assert.InRange(value, double.Epsilon, Math.BitDecrement(1));
            open += value;
        }
        // Five standard deviations each.
        Assert.InRange(sum / n, 0.5 - 5 * 0.00029, 0.5 + 5 * 0.00029);
        Assert.InRange(open / n, 0.5 - 5 * 0.00029, 0.5 + 5 * 0.00029);
        Assert.InRange(below, 10_000 - 500, 10_000 + 500);
    }

    [Fact]
    public void AllBitsZeroStaysInsideTheOpenInterval()
    {
        // A state whose second word is 0 yields 0 first.
        Assert.Equal(0, new RandomStream(1, 0, 0, 0).NextDouble());
        Assert.Equal(1.0 / (1UL << 53), new RandomStream(1, 0, 0, 0).NextOpenDouble());
    }

    [Fact]
    public void BoundedDrawsReachEveryValueEquallyOften()
    {
        var stream = new RandomStream(7, "bounded");
        var counts = new int[7];
        for (var i = 0; i < 700_000; i++) counts[stream.NextInt64(7)]++;
        foreach (var count in counts) Assert.InRange(count, 100_000 - 1500, 100_000 + 1500);
    }

    [Fact]
    public void BoundedDrawsStayBelowTheBound() => Gen.Long[1, long.MaxValue].Select(Gen.ULong).Sample((bound, seed) =>
    {
        var stream = new RandomStream(seed, "bound");
        for (var i = 0; i < 20; i++) Assert.InRange(stream.NextInt64(bound), 0, bound - 1);
    }, iter: 1000);

    [Fact]
    public void ABoundThatIsNotPositiveIsRefused()
    {
        var stream = new RandomStream(1, "bound");
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.NextInt64(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.NextInt64(-1));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(24)]
    [InlineData(31)]
    public void FilledBytesAreTheWordsInLittleEndianOrder(int length)
    {
        var (filled, words) = (new RandomStream(3, "bytes"), new RandomStream(3, "bytes"));
        var bytes = new byte[length];
        filled.Fill(bytes);
        var expected = new List<byte>();
        while (expected.Count < length)
        {
            var word = words.NextUInt64();
            for (var i = 0; i < 8; i++) expected.Add((byte)(word >> 8 * i));
        }
        Assert.Equal(expected.Take(length), bytes);
        Assert.Equal(words.NextUInt64(), filled.NextUInt64());
    }

    [Fact]
    public void DrawsAllocateNothing()
    {
        var stream = new RandomStream(1, "allocations");
        var bytes = new byte[100];
        Draw();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Draw();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Draw()
        {
            for (var i = 0; i < 100; i++)
            {
                stream.NextOpenDouble();
                stream.NextInt64(1000);
                stream.Fill(bytes);
            }
        }
    }
}
