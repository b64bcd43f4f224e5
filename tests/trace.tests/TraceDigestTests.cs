using CsCheck;
using Pcie.Time;

namespace Pcie.Trace.Tests;

public sealed class TraceDigestTests
{
    private static readonly Gen<TraceEvent[]> SomeEvents = TraceSamples.AnyEvent.Array[2, 20];

    [Fact]
    public void EqualSequencesGiveEqualDigests() =>
        SomeEvents.Sample(events => Digest(events) == Digest([.. events]), iter: 500);

    [Fact]
    public void AChangedEventIsNoticed() => SomeEvents.Select(TraceSamples.AnyEvent, Gen.Int[0, 19]).Sample((events, other, index) =>
    {
        var changed = events.ToArray();
        changed[index % changed.Length] = other;
        Assert.Equal(events.SequenceEqual(changed), Digest(events) == Digest(changed));
    }, iter: 1000);

    [Fact]
    public void EverySingleBitOfAnEventIsNoticed()
    {
        var e = new TraceEvent(new SimTime(5), TraceKind.Tick, 1, TraceSide.Host, 1, 1, 1);
        var digests = new HashSet<ulong> { Digest([e, e]) };
        for (var bit = 0; bit < 64; bit++)
        {
            var mask = 1L << bit;
            AssertNew(e with { Time = new SimTime(5 ^ mask) });
            AssertNew(e with { A = 1 ^ mask });
            AssertNew(e with { B = 1 ^ mask });
            if (bit < 32) AssertNew(e with { Source = 1 ^ (uint)mask });
            if (bit < 16) AssertNew(e with { Kind = (TraceKind)((ushort)e.Kind ^ (ushort)mask) });
            if (bit < 8) AssertNew(e with { Processor = (byte)(1 ^ mask) });
            if (bit < 1) AssertNew(e with { Side = TraceSide.Device });
        }

        void AssertNew(TraceEvent changed) => Assert.True(digests.Add(Digest([e, changed])), $"{changed} is not noticed.");
    }

    [Fact]
    public void ASwapIsNoticed() => SomeEvents.Select(Gen.Int[0, 19], Gen.Int[0, 19]).Sample((events, i, j) =>
    {
        var swapped = events.ToArray();
        (swapped[i % swapped.Length], swapped[j % swapped.Length]) = (swapped[j % swapped.Length], swapped[i % swapped.Length]);
        Assert.Equal(events.SequenceEqual(swapped), Digest(events) == Digest(swapped));
    }, iter: 1000);

    [Fact]
    public void AMissingOrAddedEventIsNoticed() => SomeEvents.Select(Gen.Int[0, 19]).Sample((events, index) =>
    {
        var fewer = events.ToList();
        fewer.RemoveAt(index % events.Length);
        Assert.NotEqual(Digest(events), Digest(fewer));
    }, iter: 1000);

    [Fact]
    public void AnEventOfZerosCounts()
    {
        Assert.NotEqual(Digest([]), Digest([default]));
        Assert.NotEqual(Digest([default]), Digest([default, default]));
    }

    [Fact]
    public void TheSidesAreNotInterchangeable() => Gen.ULong.Select(Gen.ULong).Sample((a, b) =>
        Assert.Equal(a == b, TraceDigest.Combine(a, b) == TraceDigest.Combine(b, a)), iter: 1000);

    [Fact]
    public void TheDigestIsKeptForEver() => Assert.Equal(
        0x5741f31601ae1dedUL, Digest([TraceSamples.Event(1, TraceSide.Host), TraceSamples.Event(2, TraceSide.Device)]));

    private static ulong Digest(IEnumerable<TraceEvent> events)
    {
        var digest = new TraceDigest();
        foreach (var e in events) digest.Add(e);
        return digest.Value;
    }
}
