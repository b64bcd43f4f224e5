using System.Buffers;
using Google.Protobuf;
using Pcie.Link;
using Pcie.Link.Codec;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// Messages of the link. What our codec takes, the generated parser takes too, and both read the same; what it refuses, it refuses with a
/// text that says where.
/// </summary>
internal sealed class FrameTarget : IFuzzTarget
{
    private readonly Frame frame = new(), again = new();
    private readonly ArrayBufferWriter<byte> output = new();

    // The first byte is the direction; whether the bytes come in one piece is the second's lowest bit.
    public byte[] Next(Mutator mutator)
    {
        var fromHost = mutator.OneIn(2);
        var bytes = mutator.Spoil(fromHost ? RealFrames.FromHost : RealFrames.FromDevice);
        return [(byte)(fromHost ? 0 : 1), (byte)mutator.Below(2), .. bytes];
    }

    public bool Take(byte[] input)
    {
        var direction = input[0] == 0 ? LinkDirection.HostToDevice : LinkDirection.DeviceToHost;
        var bytes = input.AsMemory(2);
        frame.Clear();
        try
        {
            var sequence = input[1] == 0 ? new ReadOnlySequence<byte>(bytes) : InTwo(bytes);
            if (!FrameCodec.TryRead(sequence, direction, frame)) return IsOther(bytes, direction);
        }
        catch (LinkProtocolException e)
        {
            Assert.True(e.Message.Length > 10);
            return false;
        }
        output.ResetWrittenCount();
        FrameCodec.Write(frame, output);
        Assert.Equal(output.WrittenCount, FrameCodec.SizeOf(frame));
        again.Clear();
        Assert.True(FrameCodec.TryRead(new ReadOnlySequence<byte>(output.WrittenMemory), direction, again));
        Assert.Equal((frame.Count, frame.PayloadLength, frame.Sequence), (again.Count, again.PayloadLength, again.Sequence));
        // The generated classes write what they have read as we do; unknown fields they keep, and we do not.
        if (direction == LinkDirection.HostToDevice) AssertSame(Wire.HostMessage.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes.Span));
        else AssertSame(Wire.DeviceMessage.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes.Span));
        return true;
    }

    private void AssertSame(IMessage parsed) => Assert.True(parsed.ToByteArray().AsSpan().SequenceEqual(output.WrittenSpan), $"{parsed}");

    // Not a frame: the generated parser's. It takes it or refuses it.
    private static bool IsOther(ReadOnlyMemory<byte> bytes, LinkDirection direction)
    {
        try
        {
            if (direction == LinkDirection.HostToDevice) Wire.HostMessage.Parser.ParseFrom(bytes.Span);
            else Wire.DeviceMessage.Parser.ParseFrom(bytes.Span);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private static ReadOnlySequence<byte> InTwo(ReadOnlyMemory<byte> bytes)
    {
        var first = new Piece(bytes[..(bytes.Length / 2)], 0);
        var second = new Piece(bytes[(bytes.Length / 2)..], bytes.Length / 2);
        first.Append(second);
        return new ReadOnlySequence<byte>(first, 0, second, second.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, int at) => (Memory, RunningIndex) = (memory, at);

        public void Append(Piece next) => Next = next;
    }
}
