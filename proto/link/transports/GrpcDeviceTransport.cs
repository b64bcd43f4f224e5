using Grpc.Core;
using Pcie.Link.Wire;

namespace Pcie.Link.Transports;

/// <summary>The device's end of a gRPC link: one Attach call, after the hellos.</summary>
/// <param name="epoch">As in the DeviceHello that was sent.</param>
/// <param name="pool">Where the call's frames come from.</param>
public sealed class GrpcDeviceTransport(
    IAsyncStreamReader<ILinkMessage> requests, IServerStreamWriter<ILinkMessage> responses, ulong epoch, FramePool pool)
    : GrpcTransport(pool, epoch)
{
    /// <summary>Carries frames until the link is down, whoever ended it, and what was sent before that has gone out.</summary>
    /// <param name="aborted">The call's: the host is gone.</param>
    public async Task RunAsync(CancellationToken aborted)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var reading = ReadAsync(ended.Token);
        await Drained.WaitAsync(aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ended.CancelAsync().ConfigureAwait(false);
        await reading.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    private protected override Task WriteAsync(ILinkMessage message) => responses.WriteAsync(message);

    private async Task ReadAsync(CancellationToken ended)
    {
        try
        {
            Close(await ReadFramesAsync(requests, ended).ConfigureAwait(false) switch
            {
                HostMessage { MessageCase: HostMessage.MessageOneofCase.Detach } =>
                    new LinkDown(LinkDownReason.Detached, "The host detached."),
                null => new LinkDown(LinkDownReason.PeerGone, "The host ended the call without detaching."),
                var message => new LinkDown(LinkDownReason.ProtocolError, $"The host sent {message} where a frame was due."),
            });
        }
        catch (LinkProtocolException e)
        {
            Close(new LinkDown(LinkDownReason.ProtocolError, e.Message));
        }
        catch (Exception e) when (IsConnectionLost(e))
        {
            Close(PeerGone(e));
        }
    }

    private protected override LinkDown PeerGone(Exception e) =>
        new(LinkDownReason.PeerGone, $"The host is gone: {e.Message}");

    /// <inheritdoc/>
    public override void Dispose() => Close(new LinkDown(LinkDownReason.PeerGone, "The device was shut down."));
}
