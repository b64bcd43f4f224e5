using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>Playback files.</summary>
internal sealed class PlaybackFileTarget : IFuzzTarget
{
    // Of version 1, which has no hash, what is changed is read on.
    private static readonly byte[][] Samples = [.. new[] { Write(0), Write(2), Write(40) }.SelectMany(file => (byte[][])[file, WithoutHash(file)])];

    public byte[] Next(Mutator mutator) => mutator.Spoil(Samples);

    public bool Take(byte[] input)
    {
        try
        {
            var file = PlaybackFile.Read(new MemoryStream(input));
            Assert.All(file.Records, r => Assert.InRange(r.End.Nanoseconds, r.Begin.Nanoseconds, file.Duration.Nanoseconds));
            return true;
        }
        catch (InvalidDataException e)
        {
            Assert.Matches("^Byte [0-9]+ of the playback file: ", e.Message);
            return false;
        }
    }

    private static byte[] WithoutHash(byte[] file) => [.. file[..8], 1, .. file[9..^sizeof(ulong)]];

    private static byte[] Write(int records)
    {
        var list = Enumerable.Range(0, records)
            .Select(i => new PlaybackRecord((IntervalKind)(i % 7), (ushort)(i % 2), i % 3, new SimTime(i * 10), new SimTime(i * 10 + i))).ToArray();
        using var stream = new MemoryStream();
        new PlaybackFile(2, Duration.FromMicroseconds(1), ["a", "storport.sys!Isr", "\u00B5"], list).Write(stream);
        return stream.ToArray();
    }
}
