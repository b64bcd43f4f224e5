using CsCheck;
using Pcie.Time;

namespace Pcie.Trace.Tests;

public sealed class TraceFileTests
{
    [Fact]
    public void ARecordingComesBackAsItWas() => TraceSamples.AnyEvent.Array[0, 50].Sample(events =>
    {
        var read = TraceFile.Read(new MemoryStream(Bytes(TraceSamples.Recording(events))));
        Assert.Equal(events, read.Events());
        Assert.Equal(TraceSamples.HostSources, read.Sources(TraceSide.Host));
        Assert.Equal(TraceSamples.DeviceSources, read.Sources(TraceSide.Device));
    }, iter: 200);

    [Fact]
    public void ALongRecordingComesBackThroughAStreamThatGivesLittleAtATime()
    {
        var events = Enumerable.Range(0, 5000).Select(i => TraceSamples.Event(i, TraceSide.Device, a: -i)).ToList();
        Assert.Equal(events, TraceFile.Read(new TricklingStream(Bytes(TraceSamples.Recording(events)))).Events());
    }

    [Fact]
    public void TheBytesAreThoseOfTheFormat()
    {
        var recording = new TraceRecording();
        recording.NameSources(TraceSide.Host, [new("-")]);
        recording.NameSources(TraceSide.Device, [new("µ", SourceRole.DeviceMessage)]);
        recording.Record(new TraceEvent(new SimTime(0x0102030405060708), TraceKind.SurpriseRemoval, 3, TraceSide.Device, 0, 5, -2));
        Assert.Equal(
            "5043494554524300" + "02000000" + "01000000" + "01000000" + "2D" + "00" + "01000000" + "02000000" + "C2B5" + "01" + "0100000000000000"
            + "0807060504030201" + "4100" + "03" + "01" + "00000000" + "0500000000000000" + "FEFFFFFFFFFFFFFF",
            Convert.ToHexString(Bytes(recording)[..^8]));
    }

    [Fact]
    public void EveryCutIsNoticed()
    {
        var bytes = Bytes(TraceSamples.Recording(TraceSamples.Event(1, TraceSide.Host), TraceSamples.Event(2, TraceSide.Device)));
        for (var length = 0; length < bytes.Length; length++)
        {
            var refused = Assert.Throws<InvalidDataException>(() => TraceFile.Read(new MemoryStream(bytes[..length])));
            Assert.StartsWith($"Byte {length} of the recording: the recording ends within the ", refused.Message.Replace("event 0", "the event"));
        }
    }

    [Fact]
    public void EveryChangedBitIsNoticed()
    {
        var bytes = Bytes(TraceSamples.Recording(TraceSamples.Event(1, TraceSide.Host), TraceSamples.Event(2, TraceSide.Device)));
        // From the events on; before them stand names, which anyone may change.
        for (var bit = (bytes.Length - 2 * 32 - 8) * 8; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Throws<InvalidDataException>(() => TraceFile.Read(new MemoryStream(bytes)));
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }
    }

    [Theory]
    [InlineData(0, 0x51, "Byte 0 of the recording: this is no recording; expected \"PCIETRC\" and a zero.")]
    [InlineData(8, 3, "Byte 8 of the recording: format version 3; this program reads 1 to 2.")]
    [InlineData(14, 2, "Byte 12 of the recording: 131073 sources; expected at most 65536.")]
    [InlineData(17, 0x11, "Byte 16 of the recording: a name of 4353 bytes; expected at most 4096.")]
    [InlineData(21, 2, "Byte 21 of the recording: role 2, which this program does not know.")]
    [InlineData(39, 0x80, "Byte 32 of the recording: -9223372036854775807 events; expected 0 or more.")]
    [InlineData(47, 0x80, "Byte 40 of the recording: time -9223372036854775807 ns; expected 0 or more.")]
    [InlineData(48, 39, "Byte 48 of the recording: kind 39, which this program does not know.")]
    [InlineData(51, 2, "Byte 51 of the recording: side 2; expected 0 (host) or 1 (device).")]
    [InlineData(52, 1, "Byte 52 of the recording: source 1; expected a number below 1.")]
    public void WhatIsWrongIsNamedWithItsPlace(int at, byte value, string expected)
    {
        var recording = new TraceRecording();
        recording.NameSources(TraceSide.Host, [new("-")]);
        recording.NameSources(TraceSide.Device, [new("-")]);
        recording.Record(TraceSamples.Event(1, TraceSide.Host));
        var bytes = Bytes(recording);
        bytes[at] = value;
        Assert.Equal(expected, Assert.Throws<InvalidDataException>(() => TraceFile.Read(new MemoryStream(bytes))).Message);
    }

    // As it was written before there were roles: only a name told what was a message of the device.
    [Fact]
    public void OfARecordingWithoutRolesTheNamesTell()
    {
        var written = Convert.FromHexString("5043494554524300" + "01000000"
            + "02000000" + "0D000000" + Convert.ToHexString("daq message 0"u8) + "05000000" + Convert.ToHexString("x.sys"u8) + "00000000"
            + "0000000000000000" + Convert.ToHexString(Bytes(new TraceRecording())[^8..]));
        Assert.Equal([new("daq message 0", SourceRole.DeviceMessage), new("x.sys")],
            TraceFile.Read(new MemoryStream(written)).Sources(TraceSide.Host));
    }

    [Fact]
    public void WhatCouldNotBeReadBackIsNotWritten()
    {
        var recording = new TraceRecording();
        recording.NameSources(TraceSide.Host, [.. Enumerable.Repeat(new TraceSource("again"), TraceFile.MaxSources)]);
        Assert.Equal(TraceFile.MaxSources, TraceFile.Read(new MemoryStream(Bytes(recording))).Sources(TraceSide.Host).Count);

        recording.NameSources(TraceSide.Host, [.. Enumerable.Repeat(new TraceSource("again"), TraceFile.MaxSources + 1)]);
        using var stream = new MemoryStream();
        Assert.Equal("The host's trace has 65537 sources, and its file can hold 65536; record a shorter run.",
            Assert.Throws<InvalidDataException>(() => TraceFile.Write(recording, stream)).Message);
        Assert.Equal(0, stream.Length);

        recording.NameSources(TraceSide.Host, [new(new string('µ', 3000))]);
        Assert.Equal(new string('µ', 2048), TraceFile.Read(new MemoryStream(Bytes(recording))).Sources(TraceSide.Host)[0].Name);
    }

    [Fact]
    public void BytesAfterTheEndAreRefused()
    {
        var bytes = Bytes(new TraceRecording());
        Assert.Equal($"Byte {bytes.Length} of the recording: more bytes; expected the end.",
            Assert.Throws<InvalidDataException>(() => TraceFile.Read(new MemoryStream([.. bytes, 0]))).Message);
    }

    private static byte[] Bytes(TraceRecording recording)
    {
        var stream = new MemoryStream();
        TraceFile.Write(recording, stream);
        return stream.ToArray();
    }

    private sealed class TricklingStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 7)]);
    }
}
