using System.Buffers;
using System.IO.Hashing;
using Pcie.Link;
using Pcie.Link.Codec;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>Session recordings. Mostly their hashes are put right again, so that what is spoilt reaches the checks behind them.</summary>
internal sealed class SessionFileTarget : IFuzzTarget
{
    private const int HeadLength = 12, Head = 16, BlockHead = 16;

    private static readonly byte[][] Samples = [Write(0, -1), Write(3, 8), Write(40, -1)];

    public byte[] Next(Mutator mutator)
    {
        var bytes = mutator.Spoil(Samples);
        if (!mutator.OneIn(4)) Mend(bytes);
        return bytes;
    }

    public bool Take(byte[] input)
    {
        try
        {
            using var reader = new SessionReader(new MemoryStream(input));
            var (last, read) = (-1L, 0L);
            while (reader.TryRead(out var recorded))
            {
                Assert.InRange(recorded.Payload.Length, 0, recorded.Tlp.HasPayload ? recorded.Tlp.Length : 0);
                Assert.InRange(recorded.Entry, last + 1, long.MaxValue);
                last = recorded.Entry;
                read++;
            }
            Assert.NotNull(reader.Down);
            Assert.InRange(read, 0, input.Length);
            return true;
        }
        catch (InvalidDataException e)
        {
            Assert.Matches("^Byte [0-9]+ of the session recording: ", e.Message);
            return false;
        }
    }

    private static byte[] Write(int frames, int kept)
    {
        var stream = new MemoryStream();
        using (var writer = new SessionWriter(stream, new SessionHead(Pacing.FreeRunning, new Duration(500)) { HostName = "a", PayloadKept = kept }))
        {
            for (var i = 0; i < frames; i++)
            {
                Record(writer, RealFrames.FromHost[i], LinkDirection.HostToDevice);
                Record(writer, RealFrames.FromDevice[i], LinkDirection.DeviceToHost);
            }
            writer.End(new LinkDown(LinkDownReason.Detached, "The host detached."));
        }
        return stream.ToArray();
    }

    private static void Record(SessionWriter writer, byte[] bytes, LinkDirection direction)
    {
        var frame = new Frame();
        FrameCodec.TryRead(new ReadOnlySequence<byte>(bytes), direction, frame);
        writer.Record(frame, direction);
    }

    // Walks over head and blocks as they say they are.
    private static void Mend(byte[] bytes)
    {
        if (bytes.Length < Head + 8 || BitConverter.ToUInt32(bytes, HeadLength) is var head && head > bytes.Length - Head - 8) return;
        BitConverter.TryWriteBytes(bytes.AsSpan(Head + (int)head), XxHash3.HashToUInt64(bytes.AsSpan(Head, (int)head)));
        for (var at = Head + (int)head + 8; at + BlockHead <= bytes.Length;)
        {
            var length = BitConverter.ToUInt32(bytes, at);
            if (length > bytes.Length - at - BlockHead) return;
            var seed = BitConverter.ToInt64(bytes, at);
            BitConverter.TryWriteBytes(bytes.AsSpan(at + 8), XxHash3.HashToUInt64(bytes.AsSpan(at + BlockHead, (int)length), seed));
            at += BlockHead + (int)length;
        }
    }
}
