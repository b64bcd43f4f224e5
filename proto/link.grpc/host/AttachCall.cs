using Grpc.Core;
using Pcie.Link.Wire;

namespace Pcie.Link.Grpc.Host;

/// <summary>An Attach call as the host has it, with a connection that nothing else uses.</summary>
internal sealed class AttachCall : IDisposable
{
    private readonly AttachChannel channel;
    private readonly AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage> call;

    /// <summary>Begins to connect, and does not wait for it.</summary>
    public AttachCall(AttachChannel channel, FramePool pool)
    {
        this.channel = channel;
        call = channel.Channel.CreateCallInvoker().AsyncDuplexStreamingCall(LinkMethod.Attach(pool), null, default);
        Connection = new LinkConnection(call.ResponseStream, call.RequestStream, call.Dispose, channel.Carrier);
    }

    /// <summary>The call, for a transport.</summary>
    public LinkConnection Connection { get; }

    /// <summary>What the host says on it.</summary>
    public IClientStreamWriter<ILinkMessage> Requests => call.RequestStream;

    /// <summary>The device's, once it has answered the host's.</summary>
    public DeviceHello Hello { get; private set; } = new();

    /// <summary>Says the host's hello and waits for the device's.</summary>
    /// <exception cref="LinkRefusedException">The device refused it, or answered what is no hello.</exception>
    public async Task GreetAsync(LinkUri uri, HostHello hello, CancellationToken cancellation)
    {
        try
        {
            await WriteAsync(hello).WaitAsync(cancellation).ConfigureAwait(false);
            Hello = await ReadAsync(cancellation).ConfigureAwait(false);
        }
        catch (RpcException e) when (IsRefusal(e))
        {
            throw new LinkRefusedException($"The device at {uri} refused: {e.Status.Detail}");
        }
    }

    // A device that will not answers with one of these; anything else is a connection that did not last, made into a status by gRPC.
    private static bool IsRefusal(RpcException e) => e is
    {
        StatusCode: StatusCode.FailedPrecondition or StatusCode.ResourceExhausted or StatusCode.InvalidArgument or StatusCode.Unimplemented,
    };

    private async Task WriteAsync(HostHello hello)
    {
        try
        {
            await call.RequestStream.WriteAsync(new HostMessage { Hello = hello }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException)
        {
            // Reading tells why.
        }
    }

    private async Task<DeviceHello> ReadAsync(CancellationToken cancellation)
    {
        if (!await call.ResponseStream.MoveNext(cancellation).ConfigureAwait(false))
            throw new LinkRefusedException("The device ended the call without a hello.");
        return call.ResponseStream.Current is DeviceMessage { Hello: { } hello }
            ? hello
            : throw new LinkRefusedException($"The device sent {call.ResponseStream.Current} where its hello was due.");
    }

    public void Dispose()
    {
        call.Dispose();
        channel.Dispose();
    }
}
