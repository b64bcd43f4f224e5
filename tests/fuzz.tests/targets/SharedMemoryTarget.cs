using System.Runtime.InteropServices;
using Pcie.Link;
using Pcie.Link.Codec;
using Pcie.Link.Shm;
using Pcie.Pci;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// A ring that a hostile other side has written: any bytes, and any word of how many there are. What is read from it keeps the rules of a frame, for
/// our codec takes it again; what is not is refused with a text that says what.
/// </summary>
internal sealed unsafe class SharedMemoryTarget : IFuzzTarget, IDisposable
{
    private const int WordAt = 2, LongWrite = 12_000;

    // Bits of how the bytes come.
    private const int InPieces = 1, Lent = 2;

    private readonly FramePool pool = new();
    private readonly byte* ring = (byte*)NativeMemory.AllocZeroed(SharedMemory.RingSize);
    private readonly ulong* words = (ulong*)NativeMemory.AllocZeroed(16);
    private readonly System.Buffers.ArrayBufferWriter<byte> output = new();
    private readonly byte[][] fromHost, fromDevice;

    public SharedMemoryTarget() => (fromHost, fromDevice) =
        (Rings(RealFrames.FromHost, LinkDirection.HostToDevice), Rings([.. RealFrames.FromDevice, Write()], LinkDirection.DeviceToHost));

    ~SharedMemoryTarget() => Dispose();

    // The first byte is the direction, the second how the bytes come. Then how many there are said to be.
    public byte[] Next(Mutator mutator)
    {
        var isHost = mutator.OneIn(2);
        var bytes = mutator.Spoil(isHost ? fromHost : fromDevice);
        var said = mutator.OneIn(8) ? mutator.Number() : (ulong)RingRecord.Padded(bytes.Length);
        return [(byte)(isHost ? 0 : 1), (byte)mutator.Below(4), .. BitConverter.GetBytes(said), .. bytes];
    }

    public bool Take(byte[] input)
    {
        var direction = input[0] == 0 ? LinkDirection.HostToDevice : LinkDirection.DeviceToHost;
        var said = BitConverter.ToUInt64(input, WordAt);
        input.AsSpan(WordAt + 8).CopyTo(new Span<byte>(ring, SharedMemory.RingSize));
        words[0] = words[1] = 0;
        var reader = new RingReader(null, ring, words, words + 1, direction);
        try
        {
            if ((input[1] & InPieces) != 0) TakeAll(said / 2 & ~31UL);
            TakeAll(said);
            return words[1] == said;
        }
        catch (LinkProtocolException e)
        {
            Assert.True(e.Message.Length > 10);
            return false;
        }

        void TakeAll(ulong written)
        {
            words[0] = written;
            while (TakesLent() || TakesCopied())
            {
                // Until there is none.
            }
        }

        bool TakesLent()
        {
            if ((input[1] & Lent) == 0 || reader.TryLend(pool) is not { } frame) return false;
            Check(frame, direction);
            reader.TakeBack();
            return true;
        }

        bool TakesCopied()
        {
            if (reader.TryRead(pool, out _) is not { } frame) return false;
            Check(frame, direction);
            return true;
        }
    }

    private void Check(Frame frame, LinkDirection direction)
    {
        output.ResetWrittenCount();
        FrameCodec.Write(frame, output);
        var again = pool.Rent();
        Assert.True(FrameCodec.TryRead(new(output.WrittenMemory), direction, again));
        Assert.Equal((frame.Count, frame.PayloadLength, frame.Promise), (again.Count, again.PayloadLength, again.Promise));
        pool.Return(again);
        pool.Return(frame);
    }

    // Long enough that its beginning is lent before the rest is there.
    private static byte[] Write()
    {
        var frame = new Frame();
        frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000_0000, LongWrite));
        return RealFrames.BytesOf(frame);
    }

    // The same frames as on the wire, as a ring has them.
    private byte[][] Rings(IReadOnlyList<byte[]> messages, LinkDirection direction)
    {
        var rings = new List<byte[]>();
        foreach (var message in messages)
        {
            var frame = pool.Rent();
            if (FrameCodec.TryRead(new(message), direction, frame))
            {
                words[0] = words[1] = 0;
                if (new RingWriter(null, ring, words, words + 1).TryWrite(frame)) rings.Add(new ReadOnlySpan<byte>(ring, (int)words[0]).ToArray());
            }
            pool.Return(frame);
        }
        return [.. rings];
    }

    public void Dispose()
    {
        NativeMemory.Free(ring);
        NativeMemory.Free(words);
        GC.SuppressFinalize(this);
    }
}
