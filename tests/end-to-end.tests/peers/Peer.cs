using System.Buffers;
using Google.Protobuf;
using Pcie.Link;
using Pcie.Link.Codec;
using Pcie.Link.DataLinkLayer;
using Wire = Pcie.Link.Grpc.Wire;

namespace Pcie.EndToEnd.Tests.Peers;

/// <summary>
/// Which protocol another's program speaks, on either side of the link. What it says and hears is made of the generated classes.
/// </summary>
/// <param name="Major">1 if it can be talked to.</param>
/// <param name="Minor">0: before replay. 9: from the future, with features and fields that nobody knows here.</param>
internal sealed record Peer(uint Major, uint Minor)
{
    // Fields 100 (varint), 101 (bytes), 102 (64 bits), 103 (32 bits) and 104 (a group): of a version that is not written yet.
    private static readonly byte[] Unknown =
        [0xA0, 0x06, 0x2A, 0xAA, 0x06, 0x03, 1, 2, 3, 0xB1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xBD, 0x06, 1, 2, 3, 4, 0xC3, 0x06, 0x08, 0x01, 0xC4, 0x06];

    public bool IsNewer => Minor > 2;

    public bool HasReplay => Minor > 0;

    public Wire.ProtocolVersion Version => new() { Major = Major, Minor = Minor };

    /// <summary>What it offers.</summary>
    public string[] Capabilities => IsNewer ? ["from-the-future", ReplayOptions.Capability] : HasReplay ? [ReplayOptions.Capability] : [];

    /// <summary>A message as this peer sends it: a newer one's has fields that are not known here.</summary>
    public T Sent<T>(T message) where T : IMessage<T>, new()
    {
        if (!IsNewer) return message;
        var sent = new T();
        sent.MergeFrom([.. message.ToByteArray(), .. Unknown]);
        return sent;
    }

    /// <summary>A frame as this peer sends it.</summary>
    public Wire.Frame Sent(Wire.Frame frame)
    {
        if (!IsNewer) return frame;
        var sent = Sent<Wire.Frame>(frame);
        for (var i = 0; i < sent.Tlps.Count; i++) sent.Tlps[i] = Sent(sent.Tlps[i]);
        return sent;
    }

    /// <summary>The generated message of a frame of the model that stands behind the peer.</summary>
    public static Wire.Frame WireOf(Frame frame)
    {
        var bytes = new ArrayBufferWriter<byte>();
        FrameCodec.Write(frame, bytes);
        return Wire.HostMessage.Parser.ParseFrom(bytes.WrittenSpan).Frame;
    }

    /// <summary>The frame of a generated message, for the model that stands behind the peer.</summary>
    public static Frame FrameOf(Wire.Frame wire, LinkDirection direction)
    {
        var frame = new Frame();
        FrameCodec.TryRead(new ReadOnlySequence<byte>(new Wire.HostMessage { Frame = wire }.ToByteArray()), direction, frame);
        return frame;
    }
}
