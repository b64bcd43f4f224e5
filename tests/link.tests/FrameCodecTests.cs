using System.Buffers;
using CsCheck;
using Google.Protobuf;
using Pcie.Link.Codec;
using Pcie.Pci;
using Pcie.Time;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Link.Tests;

public sealed class FrameCodecTests
{
    [Fact]
    public void WritesTheSameBytesAsTheGeneratedClasses() =>
        WireGen.Frame(LinkDirection.HostToDevice).Sample(wire =>
        {
            var output = new ArrayBufferWriter<byte>();
            var frame = WireGen.FrameOf(wire);
            FrameCodec.Write(frame, output);
            Assert.Equal(new Wire.HostMessage { Frame = wire }.ToByteArray(), output.WrittenSpan);
            Assert.Equal(output.WrittenCount, FrameCodec.SizeOf(frame));
        }, iter: 1000);

    [Fact]
    public void ReadsWhatTheGeneratedClassesWrite() =>
        Gen.Select(WireGen.Frame(LinkDirection.DeviceToHost), Gen.Int[1, 40]).Sample((wire, segment) =>
        {
            var frame = new Frame();
            var bytes = Segments.Of(new Wire.DeviceMessage { Frame = wire }.ToByteArray(), segment);
            Assert.True(FrameCodec.TryRead(bytes, LinkDirection.DeviceToHost, frame));
            Assert.Equal(wire, WireGen.WireOf(frame));
        }, iter: 1000);

    [Fact]
    public void LeavesHelloAndDetachToTheGeneratedClasses()
    {
        Assert.False(TryRead(new Wire.HostMessage { Hello = new Wire.HostHello { HostName = "h" } }));
        Assert.False(TryRead(new Wire.HostMessage { Detach = new Wire.Detach() }));
        Assert.False(TryRead(new Wire.HostMessage()));
    }

    [Fact]
    public void UnknownFieldsAreSkippedAtEveryLevel()
    {
        // Field 100 of every wire type that there is: varint, 8 bytes, length-delimited, group, 4 bytes.
        byte[] unknown =
            [0xA0, 6, 0x80, 1, 0xA1, 6, 1, 2, 3, 4, 5, 6, 7, 8, 0xA2, 6, 2, 9, 9, 0xA3, 6, 8, 1, 0xA4, 6, 0xA5, 6, 1, 2, 3, 4];
        byte[] tlp = [.. unknown, .. Read(0x1000).ToByteArray(), .. unknown];
        byte[] frame = [.. unknown, 4 << 3 | 2, (byte)tlp.Length, .. tlp, .. unknown];
        byte[] message =
            [.. unknown, 2 << 3 | 2, (byte)(frame.Length & 0x7F | 0x80), (byte)(frame.Length >> 7), .. frame, .. unknown];

        var read = new Frame();
        Assert.True(FrameCodec.TryRead(new ReadOnlySequence<byte>(message), LinkDirection.HostToDevice, read));

        Assert.Equal(0x1000u, read[0].Address);
        Assert.Equal(1, read.Count);
    }

    [Fact]
    public void ABrokenMessageIsRefusedAndNothingElseHappens() =>
        Gen.Select(WireGen.Frame(LinkDirection.HostToDevice), Gen.Select(Gen.Int[0, 10_000], Gen.Byte, Gen.Int[0, 2]).Array[1, 4],
            Gen.Int[1, 40])
            .Sample((wire, mutations, segment) =>
            {
                var bytes = new Wire.HostMessage { Frame = wire }.ToByteArray().ToList();
                foreach (var (at, value, how) in mutations)
                {
                    if (bytes.Count == 0) break;
                    var place = at % bytes.Count;
                    if (how == 0) bytes[place] = value;
                    else if (how == 1) bytes.Insert(place, value);
                    else bytes.RemoveRange(place, Math.Min(1 + value % 16, bytes.Count - place));
                }
                var frame = new Frame();
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    FrameCodec.TryRead(Segments.Of([.. bytes], segment), LinkDirection.HostToDevice, frame);
                }
                catch (LinkProtocolException e)
                {
                    Assert.NotEmpty(e.Message);
                }
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000 + 100 * bytes.Count);
            }, iter: 3000);

    [Fact]
    public void EveryTruncationIsRefusedOrReadsAsEmpty()
    {
        var wire = new Wire.Frame { Epoch = 300, Tlps = { Read(0x1000) }, PromiseNs = 1 << 20 };
        var bytes = new Wire.HostMessage { Frame = wire }.ToByteArray();
        for (var length = 1; length < bytes.Length; length++)
        {
            var cut = new ReadOnlySequence<byte>(bytes, 0, length);
            Assert.Throws<LinkProtocolException>(() => FrameCodec.TryRead(cut, LinkDirection.HostToDevice, new Frame()));
        }
    }

    [Fact]
    public void ReadingAndWritingAllocateNothingOnceFramesHaveGrown()
    {
        var wire = new Wire.Frame { Epoch = 1, Sequence = 1, Tlps = { Read(0x1000), Write(0x2000, 4096) } };
        var bytes = new ReadOnlySequence<byte>(new Wire.DeviceMessage { Frame = wire }.ToByteArray());
        var (frame, output) = (new Frame(), new ArrayBufferWriter<byte>(1 << 16));
        var before = 0L;
        for (var round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            frame.Clear();
            output.ResetWrittenCount();
            FrameCodec.TryRead(bytes, LinkDirection.DeviceToHost, frame);
            FrameCodec.Write(frame, output);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public static TheoryData<string, Wire.Tlp> BrokenTlps => new()
    {
        { "kind 0", new Wire.Tlp() },
        { "kind 7", Change(Read(0x1000), t => t.Kind = (Wire.TlpKind)7) },
        { "a host sends no messages", new Wire.Tlp { Kind = Wire.TlpKind.Message, Address = 0x20 } },
        { "status 2", Change(Read(0x1000), t => t.Status = (Wire.CompletionStatus)2) },
        { "only completions", Change(Read(0x1000), t => t.Status = Wire.CompletionStatus.CompleterAbort) },
        { "tag 1024", Change(Read(0x1000), t => t.Tag = 1024) },
        { "tag is 5", Change(Write(0x1000, 4), t => t.Tag = 5) },
        { "address 0x1002", Read(0x1002) },
        { "end of the address space", Change(Read(ulong.MaxValue - 3), t => (t.Length, t.LastBe) = (8, 15)) },
        { "length 6", Change(Read(0x1000), t => t.Length = 6) },
        { "length is 0", Change(Read(0x1000), t => t.Length = 0) },
        { "length 4294967292", Change(Read(0x1000), t => t.Length = uint.MaxValue - 3) },
        { "more than four bits", Change(Read(0x1000), t => t.FirstBe = 16) },
        { "last_be must be 0", Change(Read(0x1000), t => t.LastBe = 1) },
        { "must not be 0", Change(Read(0x1000), t => t.Length = 8) },
        { "0x1000 is above 0xFFC", Change(Read(0x1000), t => t.Kind = Wire.TlpKind.ConfigRead) },
        { "configuration requests have 4", Change(Read(0),
            t => (t.Kind, t.Length, t.LastBe) = (Wire.TlpKind.ConfigRead, 8, 15)) },
        { "carries 0 bytes", Change(Write(0x1000, 4), t => t.Payload = ByteString.Empty) },
        { "carries 8 bytes", Change(Write(0x1000, 4), t => t.Payload = ByteString.CopyFrom(new byte[8])) },
        { "carries 4 bytes", Change(Read(0x1000), t => t.Payload = ByteString.CopyFrom(new byte[4])) },
        { "UnsupportedRequest with length 4", new Wire.Tlp
            { Kind = Wire.TlpKind.Completion, Status = Wire.CompletionStatus.UnsupportedRequest, Length = 4,
                Payload = ByteString.CopyFrom(new byte[4]) } },
        { "only requests have them", new Wire.Tlp { Kind = Wire.TlpKind.Completion, FirstBe = 15 } },
        { "sent_at_ns", Change(Read(0x1000), t => t.SentAtNs = 1UL << 63) },
        { "is stamped", Change(Read(0x1000), t => t.SentAtNs = 9) },
    };

    [Theory]
    [MemberData(nameof(BrokenTlps), DisableDiscoveryEnumeration = true)]
    public void ATlpThatBreaksARuleIsRefusedByThatRule(string rule, Wire.Tlp tlp)
    {
        var first = Read(0x1000);
        first.SentAtNs = 10;
        if (tlp.SentAtNs == 0) tlp.SentAtNs = 10;

        var refused = Assert.Throws<LinkProtocolException>(() =>
            TryRead(new Wire.HostMessage { Frame = new Wire.Frame { Tlps = { first, tlp } } }));

        Assert.Contains(rule, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x28, 0, "message code 0x28")]
    [InlineData(0x20, 4, "a message has neither length nor tag nor byte enables")]
    public void AMessageThatIsNoneIsRefused(ulong code, uint length, string rule)
    {
        var tlp = new Wire.Tlp { Kind = Wire.TlpKind.Message, Address = code, Length = length };
        var wire = new Wire.DeviceMessage { Frame = new Wire.Frame { Tlps = { tlp } } };

        Assert.Contains(rule, Refusal(wire, LinkDirection.DeviceToHost), StringComparison.Ordinal);
    }

    [Fact]
    public void MoreThanAFrameMayHoldIsRefused()
    {
        var many = new Wire.Frame();
        for (var i = 0; i <= Frame.MaxTlps; i++) many.Tlps.Add(Read(0x1000));
        var large = new Wire.Frame { Tlps = { Write(0x1000, Frame.MaxPayload), Write(0x1000, 4) } };

        Assert.Contains("4096 TLPs", Refusal(new Wire.HostMessage { Frame = many }, LinkDirection.HostToDevice),
            StringComparison.Ordinal);
        Assert.Contains("8388608 bytes", Refusal(new Wire.DeviceMessage { Frame = large }, LinkDirection.DeviceToHost),
            StringComparison.Ordinal);
    }

    // Either would be lost: link.proto's oneof holds one.
    [Fact]
    public void AFrameAndAnAcknowledgementInOneMessageAreRefused()
    {
        byte[] both =
        [
            .. new Wire.HostMessage { Frame = new Wire.Frame { Epoch = 1 } }.ToByteArray(),
            .. new Wire.HostMessage { Acknowledgement = new Wire.Acknowledgement { Epoch = 1 } }.ToByteArray(),
        ];

        Assert.Contains("both a frame and something else", Assert.Throws<LinkProtocolException>(() =>
            FrameCodec.TryRead(new ReadOnlySequence<byte>(both), LinkDirection.HostToDevice, new Frame())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatOnlyAHostMayDoIsRefusedFromADevice()
    {
        var asks = new Wire.DeviceMessage { Frame = new Wire.Frame { PromiseRequested = true } };
        var read = Change(Read(0), t => t.Kind = Wire.TlpKind.ConfigRead);
        var config = new Wire.DeviceMessage { Frame = new Wire.Frame { Tlps = { read } } };

        Assert.Contains("only a host may", Refusal(asks, LinkDirection.DeviceToHost), StringComparison.Ordinal);
        Assert.Contains("no configuration requests", Refusal(config, LinkDirection.DeviceToHost), StringComparison.Ordinal);
    }

    [Fact]
    public void TheLongestFrameFitsTheMessageLimit()
    {
        var last = new SimTime(long.MaxValue - 1);
        var frame = new Frame { Epoch = ulong.MaxValue, Sequence = ulong.MaxValue, Acknowledge = ulong.MaxValue,
            EndOfRun = last };
        for (var i = 0; i < Frame.MaxTlps; i++)
            frame.Add(Tlp.Request(TlpKind.MemoryWrite, 1UL << 62, Frame.MaxPayload / Frame.MaxTlps) with { SentAt = last });

        Assert.InRange(FrameCodec.SizeOf(frame), 0, FrameCodec.MaxMessageSize);
    }

    private static Wire.Tlp Read(ulong address) =>
        new() { Kind = Wire.TlpKind.MemoryRead, Address = address, Length = 4, FirstBe = 15 };

    private static Wire.Tlp Write(ulong address, int length) => new()
    {
        Kind = Wire.TlpKind.MemoryWrite, Address = address, Length = (uint)length, FirstBe = 15, LastBe = length == 4 ? 0u : 15,
        Payload = ByteString.CopyFrom(new byte[length]),
    };

    private static Wire.Tlp Change(Wire.Tlp tlp, Action<Wire.Tlp> change)
    {
        change(tlp);
        return tlp;
    }

    private static bool TryRead(Wire.HostMessage message) =>
        FrameCodec.TryRead(new ReadOnlySequence<byte>(message.ToByteArray()), LinkDirection.HostToDevice, new Frame());

    private static string Refusal(IMessage message, LinkDirection direction) => Assert.Throws<LinkProtocolException>(() =>
        FrameCodec.TryRead(new ReadOnlySequence<byte>(message.ToByteArray()), direction, new Frame())).Message;
}
