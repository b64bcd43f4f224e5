using CsCheck;
using Google.Protobuf;
using Pcie.Pci;
using Pcie.Time;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.Link.Tests;

/// <summary>Frames that keep the rules of link.proto, as ours and as the generated classes have them.</summary>
internal static class WireGen
{
    private static readonly Gen<ulong> Address = Gen.ULong.Select(a => a >> 8 << 2);

    // Small numbers and large ones, so that varints of every length occur.
    private static readonly Gen<ulong> AnyNumber = Gen.Select(Gen.ULong, Gen.Int[0, 63], (n, shift) => n >> shift);
    private static readonly Gen<long> Nanoseconds = AnyNumber.Select(n => (long)(n >> 2));

    private static readonly CompletionStatus[] Statuses =
        [CompletionStatus.Successful, CompletionStatus.UnsupportedRequest, CompletionStatus.CompleterAbort];

    private static Gen<Tlp> TlpOf(LinkDirection direction)
    {
        var lengths = Gen.Int[1, 600];
        var read = Gen.Select(Address, lengths, Gen.Int[0, 1023], (address, count, tag) =>
            Tlp.Request(TlpKind.MemoryRead, address + (ulong)(count % 4), count, (ushort)tag));
        var write = Gen.Select(Address, lengths, (address, count) =>
            Tlp.Request(TlpKind.MemoryWrite, address + (ulong)(count % 4), count));
        var config = Gen.Select(Gen.Int[0, 1023], Gen.Int[0, 1023], Gen.Bool, (register, tag, reads) =>
            Tlp.Request(reads ? TlpKind.ConfigRead : TlpKind.ConfigWrite, (ulong)register * 4, 4, (ushort)tag));
        var completion = Gen.Select(read, Gen.Int[0, 2], (request, status) => Tlp.CompletionOf(request, Statuses[status]));
        var message = Gen.Bool.Select(asserts => Tlp.Message(asserts ? MessageCode.AssertIntA : MessageCode.DeassertIntA));
        return direction == LinkDirection.HostToDevice
            ? Gen.OneOf(read, write, config, completion)
            : Gen.OneOf(read, write, completion, message);
    }

    /// <summary>The generated message; <see cref="FrameOf"/> gives ours.</summary>
    public static Gen<Wire.Frame> Frame(LinkDirection direction) => Gen.Select(
        Gen.Select(TlpOf(direction), Nanoseconds, Gen.Int[0, 255]).Array[0, 6],
        Gen.Select(AnyNumber, AnyNumber, AnyNumber),
        Gen.Select(Nanoseconds, Gen.Bool, Gen.Bool, Nanoseconds),
        (tlps, numbers, times) =>
        {
            var frame = new Wire.Frame
            {
                Epoch = numbers.Item1, Sequence = numbers.Item2, Acknowledge = numbers.Item3, PromiseNs = (ulong)times.Item1,
            };
            if (direction == LinkDirection.HostToDevice)
            {
                frame.PromiseRequested = times.Item2;
                if (times.Item3) frame.EndOfRunNs = (ulong)times.Item4;
            }
            var stamps = tlps.Select(t => t.Item2).Order();
            foreach (var ((tlp, _, fill), sentAt) in tlps.Zip(stamps)) frame.Tlps.Add(WireOf(tlp, sentAt, fill));
            return frame;
        });

    private static Wire.Tlp WireOf(Tlp tlp, long sentAt, int fill) => new()
    {
        Kind = (Wire.TlpKind)tlp.Kind,
        Tag = tlp.Tag,
        Status = (Wire.CompletionStatus)tlp.Status,
        Address = tlp.Address,
        Length = (uint)tlp.Length,
        FirstBe = tlp.FirstByteEnables,
        LastBe = tlp.LastByteEnables,
        Payload = tlp.HasPayload
            ? ByteString.CopyFrom(Enumerable.Range(fill, tlp.Length).Select(i => (byte)i).ToArray())
            : ByteString.Empty,
        SentAtNs = (ulong)sentAt,
    };

    /// <summary>Ours, field by field.</summary>
    public static Frame FrameOf(Wire.Frame wire)
    {
        var frame = new Frame
        {
            Epoch = wire.Epoch,
            Sequence = wire.Sequence,
            Acknowledge = wire.Acknowledge,
            Promise = new SimTime((long)wire.PromiseNs),
            PromiseRequested = wire.PromiseRequested,
            EndOfRun = wire.HasEndOfRunNs ? new SimTime((long)wire.EndOfRunNs) : SimTime.Never,
        };
        foreach (var tlp in wire.Tlps)
            frame.Add(new Tlp
            {
                Kind = (TlpKind)tlp.Kind,
                Tag = (ushort)tlp.Tag,
                Status = (CompletionStatus)tlp.Status,
                Address = tlp.Address,
                Length = (int)tlp.Length,
                FirstByteEnables = (byte)tlp.FirstBe,
                LastByteEnables = (byte)tlp.LastBe,
                SentAt = new SimTime((long)tlp.SentAtNs),
            }, tlp.Payload.Span);
        return frame;
    }

    /// <summary>The generated message that ours stands for.</summary>
    public static Wire.Frame WireOf(Frame frame)
    {
        var wire = new Wire.Frame
        {
            Epoch = frame.Epoch,
            Sequence = frame.Sequence,
            Acknowledge = frame.Acknowledge,
            PromiseNs = (ulong)frame.Promise.Nanoseconds,
            PromiseRequested = frame.PromiseRequested,
        };
        if (frame.EndOfRun != SimTime.Never) wire.EndOfRunNs = (ulong)frame.EndOfRun.Nanoseconds;
        for (var i = 0; i < frame.Count; i++)
        {
            var tlp = WireOf(frame[i], frame[i].SentAt.Nanoseconds, 0);
            tlp.Payload = ByteString.CopyFrom(frame.PayloadOf(frame[i]));
            wire.Tlps.Add(tlp);
        }
        return wire;
    }
}
