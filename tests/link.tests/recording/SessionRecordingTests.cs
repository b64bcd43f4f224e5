using System.Buffers.Binary;
using System.IO.Hashing;
using CsCheck;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Tests.Recording;

/// <summary>The file of a recorded session: what goes in comes out, and what is damaged is refused with its place.</summary>
public sealed class SessionRecordingTests
{
    private static readonly int FirstBlock = 16 + RecordedSession.Head.Encode().Length + 8;

    [Fact]
    public void EveryTlpComesOutAsItWentInWithItsPlaceInItsDirection() => RecordedSession.Frames.Sample(frames =>
    {
        var (tlps, reader) = RecordedSession.Read(RecordedSession.Record(frames));

        var numbers = new long[2];
        var expected = frames.SelectMany(f => Enumerable.Range(0, f.Frame.Count).Select(i =>
            (f.Direction, Number: ++numbers[(int)f.Direction], f.Frame[i] with { PayloadOffset = 0 }, Hex(f.Frame.PayloadOf(f.Frame[i])))));
        Assert.Equal(expected, tlps.Select(t => (t.Direction, t.Number, t.Tlp, Hex(t.Payload.Span))));
        Assert.Equal((RecordedSession.Head, RecordedSession.Detached), (reader.Head, reader.Down));
        var ends = frames.Select(f => f.Frame.EndOfRun).Where(end => end != SimTime.Never).ToList();
        Assert.Equal(ends.Count == 0 ? null : ends[^1], reader.EndOfRun);
    }, iter: 2_000);

    [Fact]
    public void ACutPayloadKeepsItsFirstBytesAndAHashOfTheWholeAndTheHostsIsNeverCut() => RecordedSession.Frames.Sample(frames =>
    {
        const int Kept = 16;
        var (tlps, _) = RecordedSession.Read(RecordedSession.Record(frames, RecordedSession.Head with { PayloadKept = Kept }));

        var payloads = frames.SelectMany(f => Enumerable.Range(0, f.Frame.Count).Select(i =>
            (Bytes: f.Frame.PayloadOf(f.Frame[i]).ToArray(),
                Cut: f.Direction == LinkDirection.DeviceToHost && f.Frame.PayloadOf(f.Frame[i]).Length > Kept)));
        Assert.Equal(
            payloads.Select(p => (Hex(p.Cut ? p.Bytes.AsSpan(0, Kept) : p.Bytes), p.Cut ? XxHash3.HashToUInt64(p.Bytes) : (ulong?)null)),
            tlps.Select(t => (Hex(t.Payload.Span), t.Hash)));
    }, iter: 500);

    [Fact]
    public void ALongSessionIsManyBlocksAndOneInMemory()
    {
        var frame = new Frame();
        frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000_0000, 100_000), new byte[100_000]);

        var bytes = RecordedSession.Record(Enumerable.Repeat((LinkDirection.DeviceToHost, frame), 100));

        Assert.Equal(100, RecordedSession.Read(bytes).Tlps.Count);
        var blocks = 0;
        for (var at = FirstBlock; at < bytes.Length; blocks++) at += 16 + BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at));
        Assert.Equal(34, blocks);
    }

    [Theory]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 99_999)]
    [InlineData(5 << 20)]
    public void ARecordingEndsBelowItsLimitWithWhatItHasWhole(int limit)
    {
        var frame = new Frame();
        frame.Add(Tlp.Request(TlpKind.MemoryRead, 0xE000_0000, 4) with { SentAt = new SimTime(1) }, default);
        frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000_0000, 100_000), new byte[100_000]);

        var bytes = RecordedSession.Record(Enumerable.Repeat((LinkDirection.DeviceToHost, frame), 100), limit: limit);
        var (tlps, reader) = RecordedSession.Read(bytes);

        Assert.InRange(bytes.Length, limit - 110_000, limit);
        Assert.Equal(2 * (bytes.Length / 100_000), tlps.Count / 2 * 2);
        Assert.True(reader.IsCut);
        Assert.Equal("The recording ends at its limit; the session went on.", reader.Down!.Message);
    }

    [Fact]
    public void ARecordingThatIsWithinItsLimitIsWhole()
    {
        var (_, reader) = RecordedSession.Read(RecordedSession.Small());

        Assert.Equal((false, RecordedSession.Detached), (reader.IsCut, reader.Down));
    }

    [Fact]
    public void ByTheWallClockTimeIsWhenTheRecorderSawIt()
    {
        var frame = new Frame();
        frame.Add(Tlp.Request(TlpKind.MemoryRead, 0xE000_0000, 4) with { SentAt = new SimTime(123_456_789_000) }, default);

        var (tlps, _) = RecordedSession.Read(RecordedSession.Record(
            [(LinkDirection.HostToDevice, frame), (LinkDirection.HostToDevice, frame)], RecordedSession.Head with { Pacing = Pacing.WallClock }));

        Assert.InRange(tlps[0].Tlp.SentAt.Nanoseconds, 0, 1_000_000_000);
        Assert.True(tlps[1].Tlp.SentAt >= tlps[0].Tlp.SentAt);
    }

    [Fact]
    public void ASmallSessionTakesAFewBytesForEachTlp()
    {
        var frames = Enumerable.Range(0, 10_000).Select(i =>
        {
            var frame = new Frame();
            frame.Add(Tlp.Request(TlpKind.MemoryRead, 0xE000_0020, 4, (ushort)(i % 256)) with { SentAt = new SimTime(i * 50_000_000L) }, default);
            return (LinkDirection.HostToDevice, frame);
        });

        Assert.InRange(RecordedSession.Record(frames).Length, 80_000, 110_000);
    }

    [Fact]
    public void ARecordingThatEndsAnywhereBeforeItsEndIsRefusedWithThePlaceWhereItEnds()
    {
        var bytes = RecordedSession.Small();
        for (var length = 0; length < bytes.Length; length++)
        {
            var refusal = Assert.Throws<InvalidDataException>(() => RecordedSession.Read(bytes[..length]));
            Assert.StartsWith($"Byte {length} of the session recording: the recording ends", refusal.Message, StringComparison.Ordinal);
        }
        Assert.Equal(3, RecordedSession.Read(bytes).Tlps.Count);
    }

    [Fact]
    public void EveryFlippedBitIsNoticed()
    {
        var bytes = RecordedSession.Small();
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            var damaged = bytes.ToArray();
            damaged[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.Throws<InvalidDataException>(() => RecordedSession.Read(damaged));
        }
    }

    [Fact]
    public void NothingInARecordingCrashesTheReaderNotEvenWithRightHashes() => Gen.Select(
        RecordedSession.Frames, Gen.Select(Gen.Int[0, int.MaxValue], Gen.Byte).Array[1, 4]).Sample((frames, changes) =>
    {
        var bytes = RecordedSession.Record(frames);
        foreach (var (place, value) in changes) bytes[FirstBlock + 16 + place % (bytes.Length - FirstBlock - 16)] = value;
        RepairHash(bytes);
        try
        {
            RecordedSession.Read(bytes);
        }
        catch (InvalidDataException e)
        {
            Assert.Matches(@"^Byte \d+ of the session recording: .+\.$", e.Message);
        }
    }, iter: 20_000);

    [Theory]
    [InlineData(0, 0xFFu, "Byte 0 of the session recording: this is no session recording; expected \"PCIETLPS\"")]
    [InlineData(8, 9u, "Byte 8 of the session recording: format version 9; this program reads 1")]
    [InlineData(12, 5000u, "Byte 12 of the session recording: a head of 5000 bytes; expected at most 4096")]
    public void AHeadThatIsNoneIsRefused(int place, uint value, string message)
    {
        var bytes = RecordedSession.Small();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(place), value);

        Assert.StartsWith(message, Assert.Throws<InvalidDataException>(() => RecordedSession.Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, -1, "a block of -1 bytes")]
    [InlineData(0, 100_000_000, "a block of 100000000 bytes")]
    [InlineData(4, 0, "a block of 0 entries")]
    [InlineData(4, 1_000_000, "a block of 1000000 entries in")]
    public void ABlockThatLiesAboutItsSizeIsRefusedBeforeAnythingIsAllocatedForIt(int place, int value, string message)
    {
        var bytes = RecordedSession.Small();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(FirstBlock + place), value);

        Assert.StartsWith($"Byte {FirstBlock + place} of the session recording: {message}",
            Assert.Throws<InvalidDataException>(() => RecordedSession.Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatNoHostMaySendIsRefusedFromAHostAndKeptFromADevice()
    {
        var frame = new Frame();
        frame.Add(Tlp.Request(TlpKind.MemoryRead, 0xE000_0000, 4) with { LastByteEnables = 0xF }, default);

        Assert.Contains("a MemoryRead that no host may send: last_be must be 0 when length is 4",
            Assert.Throws<InvalidDataException>(() => RecordedSession.Read(RecordedSession.Record([(LinkDirection.HostToDevice, frame)]))).Message,
            StringComparison.Ordinal);
        Assert.Equal(0xF, RecordedSession.Read(RecordedSession.Record([(LinkDirection.DeviceToHost, frame)])).Tlps[0].Tlp.LastByteEnables);
    }

    [Fact]
    public void BytesBehindTheEndOfTheSessionAreRefused() =>
        Assert.Contains("more bytes; expected the end", Assert.Throws<InvalidDataException>(
            () => RecordedSession.Read([.. RecordedSession.Small(), 0])).Message, StringComparison.Ordinal);

    [Fact]
    public void RecordingAllocatesNothingInSteadyState()
    {
        var frame = new Frame();
        frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000_0000, 64), new byte[64]);
        frame.Add(Tlp.Request(TlpKind.MemoryRead, 0xE000_0020, 4, tag: 3), default);
        using var writer = new SessionWriter(Stream.Null, RecordedSession.Head);
        for (var i = 0; i < 200_000; i++) writer.Record(frame, LinkDirection.DeviceToHost);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000_000; i++) writer.Record(frame, LinkDirection.DeviceToHost);

        // A block more if the thread that writes is behind for the first time; an object for each TLP would be 50 MB.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 * 300_000);
        Assert.Equal(2_400_000, writer.Count);
    }

    [Fact]
    public void AStreamThatTakesNoMoreStopsTheRecordingWithAMessage()
    {
        var frame = new Frame();
        frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000_0000, 100_000), new byte[100_000]);
        var writer = new SessionWriter(new FullDisk(), RecordedSession.Head);

        var refusal = Assert.Throws<IOException>(() =>
        {
            for (var i = 0; i < 1_000; i++) writer.Record(frame, LinkDirection.DeviceToHost);
        });

        Assert.Equal("The session could not be recorded: No space left on device", refusal.Message);
        Assert.Throws<IOException>(writer.Dispose);
    }

    private static void RepairHash(byte[] bytes)
    {
        var body = bytes.AsSpan(FirstBlock + 16);
        var seed = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(FirstBlock));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(FirstBlock + 8), XxHash3.HashToUInt64(body, seed));
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);

    /// <summary>Takes the head, and nothing more.</summary>
    private sealed class FullDisk : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Length + count > SessionFormat.MaxHead) throw new IOException("No space left on device");
            base.Write(buffer, offset, count);
        }
    }
}
