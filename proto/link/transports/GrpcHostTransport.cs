using Grpc.Core;
using Grpc.Net.Client;
using Pcie.Link.Wire;

namespace Pcie.Link.Transports;

/// <summary>The host's end of a gRPC link. <see cref="HostConnector"/> makes it.</summary>
public sealed class GrpcHostTransport : GrpcTransport
{
    // A device that lives answers a Detach at once; one that does not is left behind.
    private static readonly TimeSpan DetachTimeout = TimeSpan.FromSeconds(2);

    private readonly GrpcChannel channel;
    private readonly AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage> call;
    private readonly Task running;

    internal GrpcHostTransport(
        GrpcChannel channel, AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage> call, DeviceHello hello, FramePool pool)
        : base(pool, hello.Epoch)
    {
        this.channel = channel;
        this.call = call;
        Device = hello;
        running = Task.Run(RunAsync);
    }

    /// <summary>What the device said of itself.</summary>
    public DeviceHello Device { get; }

    /// <inheritdoc/>
    private protected override Task WriteAsync(ILinkMessage message) => call.RequestStream.WriteAsync(message);

    private async Task RunAsync()
    {
        var reading = ReadAsync();
        await Drained.ConfigureAwait(false);
        // Unless both sides agree that it is over, cancelling the call is how the device learns of it.
        if (Down is not { Reason: LinkDownReason.Detached } || !await TryDetachAsync().ConfigureAwait(false)) call.Dispose();
        await reading.ConfigureAwait(false);
    }

    private async Task<bool> TryDetachAsync()
    {
        try
        {
            await WriteAsync(new HostMessage { Detach = new Detach() }).ConfigureAwait(false);
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (IsConnectionLost(e))
        {
            return false;
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            switch (await ReadFramesAsync(call.ResponseStream, CancellationToken.None).ConfigureAwait(false))
            {
                case DeviceMessage { MessageCase: DeviceMessage.MessageOneofCase.Detached } when Down is not null:
                    // Nothing follows; to end the call before the device does would look like a failure to it.
                    await call.ResponseStream.MoveNext(CancellationToken.None).ConfigureAwait(false);
                    break;
                case null:
                    Close(new LinkDown(LinkDownReason.PeerGone, "The device ended the call."));
                    break;
                case var message:
                    throw new LinkProtocolException($"The device sent {message} where a frame was due.");
            }
        }
        catch (LinkProtocolException e)
        {
            Close(new LinkDown(LinkDownReason.ProtocolError, $"The device broke the protocol. {e.Message}"));
        }
        catch (Exception e) when (IsConnectionLost(e))
        {
            Close(PeerGone(e));
        }
    }

    private protected override LinkDown PeerGone(Exception e) => e switch
    {
        RpcException { StatusCode: StatusCode.InvalidArgument } refused =>
            new(LinkDownReason.ProtocolError, $"The device ended the call: {refused.Status.Detail}"),
        RpcException lost => new(LinkDownReason.PeerGone, $"The device is gone: {lost.Status.Detail}"),
        _ => new(LinkDownReason.PeerGone, $"The device is gone: {e.Message}"),
    };

    /// <inheritdoc/>
    /// <remarks>Detaches if that has not been done, and waits for the device to be free, for two seconds at most.</remarks>
    public override void Dispose()
    {
        Close(new LinkDown(LinkDownReason.Detached, "The host detached."));
        if (!running.Wait(DetachTimeout))
        {
            call.Dispose();
            running.Wait(DetachTimeout);
        }
        call.Dispose();
        channel.Dispose();
    }
}
