using CsCheck;
using Pcie.Time;

namespace Pcie.Playback.Tests;

public class PlaybackFileTests
{
    private static readonly Gen<PlaybackFile> Files =
        from sources in Gen.String.Array[1, 5]
        from raw in Gen.Select(Gen.Int[0, 6], Gen.Int[0, 3], Gen.Int[0, sources.Length - 1], Gen.Int[0, 1_000_000], Gen.Int[0, 1_000]).Array[0, 50]
        select new PlaybackFile(4, new Duration(2_000_000), [.. sources.Select(Clean)], [.. raw
            .Select(r => new PlaybackRecord((IntervalKind)r.Item1, (ushort)r.Item2, r.Item3, new SimTime(r.Item4), new SimTime(r.Item4 + r.Item5)))
            .OrderBy(r => r.Begin)]);

    [Fact]
    public void WhatIsWrittenIsRead() => Files.Sample(file =>
    {
        var copy = PlaybackFile.Read(new MemoryStream(BytesOf(file)));
        Assert.Equal((file.Processors, file.Duration), (copy.Processors, copy.Duration));
        Assert.Equal(file.Sources, copy.Sources);
        Assert.Equal(file.Records, copy.Records);
    }, iter: 200);

    [Fact]
    public void ACutOrChangedFileIsRefused() => Gen.Select(Files, Gen.Int[0, 10_000], Gen.Int[0, 7]).Sample((file, place, bit) =>
    {
        var bytes = BytesOf(file);
        Assert.Throws<InvalidDataException>(() => PlaybackFile.Read(new MemoryStream(bytes, 0, place % bytes.Length)));
        bytes[place % bytes.Length] ^= (byte)(1 << bit);
        Assert.Throws<InvalidDataException>(() => PlaybackFile.Read(new MemoryStream(bytes)));
    }, iter: 500);

    // Files that were written before there was one.
    [Fact]
    public void VersionOneHasNoHash() => Files.Sample(file =>
    {
        var bytes = BytesOf(file)[..^sizeof(ulong)];
        bytes[8] = 1;
        Assert.Equal(file.Records, PlaybackFile.Read(new MemoryStream(bytes)).Records);
    }, iter: 50);

    [Fact]
    public void ARecordOutOfOrderIsRefused() => Assert.Contains("Record 1: it begins before", Assert.Throws<ArgumentException>(() =>
        new PlaybackFile(1, new Duration(10), ["a"], [At(5), At(4)])).Message, StringComparison.Ordinal);

    private static PlaybackRecord At(long begin) => new(IntervalKind.Dpc, 0, 0, new SimTime(begin), new SimTime(begin));

    // A lone surrogate has no UTF-8.
    private static string Clean(string text) => new([.. text.Where(c => !char.IsSurrogate(c))]);

    private static byte[] BytesOf(PlaybackFile file)
    {
        var stream = new MemoryStream();
        file.Write(stream);
        return stream.ToArray();
    }
}
