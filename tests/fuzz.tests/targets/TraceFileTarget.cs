using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// Recordings of our own runs. Mostly the digest at the end is put right again, so that what is spoilt reaches the checks before it.
/// </summary>
internal sealed class TraceFileTarget : IFuzzTarget
{
    private static readonly byte[][] Samples = [Write(0), Write(3), Write(60)];

    public byte[] Next(Mutator mutator)
    {
        var bytes = mutator.Spoil(Samples);
        if (!mutator.OneIn(4)) Mend(bytes);
        return bytes;
    }

    // The last eight bytes are the digest of the whole events before them, as many as the file says.
    private static void Mend(byte[] bytes)
    {
        if (bytes.Length < 12) return;
        var (at, role) = (12, BitConverter.ToUInt32(bytes, 8) == 1 ? 0 : 1);
        for (var side = 0; side < 2 && at + 4 <= bytes.Length; side++)
        {
            var names = BitConverter.ToUInt32(bytes, at);
            at += 4;
            for (; names > 0 && at + 4 <= bytes.Length && BitConverter.ToInt32(bytes, at) is >= 0 and < 4096 and var length; names--)
                at += 4 + length + role;
        }
        at += 8;
        var digest = new TraceDigest();
        for (; at + TraceFile.EventLength + 8 <= bytes.Length; at += TraceFile.EventLength) digest.Add(TraceFile.Decode(bytes.AsSpan(at)));
        if (at + 8 == bytes.Length) BitConverter.TryWriteBytes(bytes.AsSpan(at), digest.Value);
    }

    public bool Take(byte[] input)
    {
        try
        {
            var recording = TraceFile.Read(new MemoryStream(input));
            using var again = new MemoryStream();
            TraceFile.Write(recording, again);
            // What had no roles is written with them, and a name that is not fit to print as it is printed.
            var names = recording.Sources(TraceSide.Host).Concat(recording.Sources(TraceSide.Device)).Select(source => source.Name);
            if (BitConverter.ToUInt32(input, 8) == TraceFile.Version && !names.Any(name => name.Contains("\\u", StringComparison.Ordinal)))
                Assert.True(again.ToArray().AsSpan().SequenceEqual(input), "What was read is not what was written.");
            return true;
        }
        catch (InvalidDataException e)
        {
            Assert.Matches("^Byte [0-9]+ of the recording: ", e.Message);
            return false;
        }
    }

    private static byte[] Write(int events)
    {
        var recording = new TraceRecording();
        recording.NameSources(TraceSide.Host, [new("kernel"), new("driver", SourceRole.DeviceMessage)]);
        recording.NameSources(TraceSide.Device, [new("daq"), new("daq.function"), new("")]);
        var kinds = Enum.GetValues<TraceKind>();
        for (var i = 0; i < events; i++)
            recording.Record(new TraceEvent(new SimTime(i * 100), kinds[i % kinds.Length], (byte)(i % 4), (TraceSide)(i % 2), (uint)(i % 2), i, -i));
        using var stream = new MemoryStream();
        TraceFile.Write(recording, stream);
        return stream.ToArray();
    }
}
