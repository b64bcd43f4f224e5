using Google.Protobuf;
using Grpc.Core;
using Pcie.Link.Codec;
using Pcie.Link.Grpc.Wire;

namespace Pcie.Link.Grpc;

/// <summary>
/// The Attach method of link.proto, as gRPC knows it, with <see cref="FrameCodec"/> reading and writing its frames.
/// </summary>
public static class LinkMethod
{
    // Hellos and goodbyes are for a person's eyes at most.
    private const int LongestOther = 64 << 10;

    /// <param name="pool">Where the frames that are read come from.</param>
    public static Method<ILinkMessage, ILinkMessage> Attach(FramePool pool) => new(
        MethodType.DuplexStreaming,
        PcieLink.Descriptor.FullName,
        "Attach",
        new Marshaller<ILinkMessage>(Write, context => Read(context, LinkDirection.HostToDevice, HostMessage.Parser, pool)),
        new Marshaller<ILinkMessage>(Write, context => Read(context, LinkDirection.DeviceToHost, DeviceMessage.Parser, pool)));

    private static void Write(ILinkMessage message, SerializationContext context)
    {
        var frame = message as Frame;
        // Known beforehand, the length lets gRPC hand out its own output to write to.
        context.SetPayloadLength(frame is null ? ((IMessage)message).CalculateSize() : FrameCodec.SizeOf(frame));
        if (frame is null) ((IMessage)message).WriteTo(context.GetBufferWriter());
        else FrameCodec.Write(frame, context.GetBufferWriter());
        context.Complete();
    }

    private static ILinkMessage Read<T>(
        DeserializationContext context, LinkDirection direction, MessageParser<T> parser, FramePool pool)
        where T : IMessage<T>, ILinkMessage
    {
        var frame = pool.Rent();
        var isFrame = false;
        try
        {
            var bytes = context.PayloadAsReadOnlySequence();
            if (isFrame = FrameCodec.TryRead(bytes, direction, frame)) return frame;
            return bytes.Length <= LongestOther ? parser.ParseFrom(bytes)
                : new MalformedMessage($"Malformed message: {bytes.Length:#,0} bytes, and no frame; others have at most {LongestOther:#,0}.");
        }
        catch (Exception e) when (e is LinkProtocolException or InvalidProtocolBufferException)
        {
            return new MalformedMessage($"Malformed message: {e.Message}");
        }
        finally
        {
            if (!isFrame) pool.Return(frame);
        }
    }
}
