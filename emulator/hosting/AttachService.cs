using Grpc.Core;
using NLog;
using Pcie.Link;
using Pcie.Link.Transports;
using Pcie.Link.Wire;
using Pcie.Time;
using Frame = Pcie.Link.Frame;

namespace Pcie.Card.Hosting;

/// <summary>
/// The service PcieLink of link.proto: lets one host at a time own the card, and runs the card for it on a thread of its own.
/// </summary>
public sealed class AttachService(IDeviceEngine engine, FramePool pool)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Card.Attach");

    private readonly Lock gate = new();
    private ulong lastEpoch;
    private bool stopped;

    /// <summary>Who owns the card; null if nobody.</summary>
    public DeviceAttachment? Owner { get; private set; }

    public AttachCounters Counters { get; } = new();

    /// <summary>A session has ended and the card is free again; on an arbitrary thread.</summary>
    public event Action<DeviceAttachment, LinkDown>? Ended;

    /// <summary>The service, for a gRPC server to serve.</summary>
    public ServerServiceDefinition Definition =>
        ServerServiceDefinition.CreateBuilder().AddMethod(LinkMethod.Attach(pool), AttachAsync).Build();

    /// <summary>Takes no more hosts, and ends the session of the one there is.</summary>
    public void Stop()
    {
        DeviceAttachment? owner;
        lock (gate)
        {
            stopped = true;
            owner = Owner;
        }
        owner?.Transport.Close(new LinkDown(LinkDownReason.PeerGone, "The emulator is shutting down."));
    }

    private async Task AttachAsync(
        IAsyncStreamReader<ILinkMessage> requests, IServerStreamWriter<ILinkMessage> responses, ServerCallContext call)
    {
        var hello = await ReadHelloAsync(requests, call.CancellationToken).ConfigureAwait(false);
        if (HelloRules.Broken(hello) is var (refusal, status)) throw Refused(refusal, status);
        var (attachment, transport) = TakeOwnership(hello, requests, responses);
        var down = await RunSessionAsync(hello, attachment, transport, responses, call.CancellationToken).ConfigureAwait(false);
        try
        {
            if (down.Reason == LinkDownReason.ProtocolError)
                throw new RpcException(new Status(StatusCode.InvalidArgument, down.Message));
            if (down.Reason == LinkDownReason.PeerGone) throw new RpcException(new Status(StatusCode.Unavailable, down.Message));
            await responses.WriteAsync(new DeviceMessage { Detached = new Detached() }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The host has detached, and has not waited to be told that it has.
        }
        finally
        {
            Ended?.Invoke(attachment, down);
        }
    }

    private async Task<LinkDown> RunSessionAsync(HostHello hello, DeviceAttachment attachment, GrpcDeviceTransport transport,
        IServerStreamWriter<ILinkMessage> responses, CancellationToken aborted)
    {
        Log.Info("'{0}' attached, {1}, epoch {2}", attachment.HostName, attachment.Pacing, attachment.Epoch);
        try
        {
            await responses.WriteAsync(new DeviceMessage { Hello = HelloTo(hello, attachment) }, aborted).ConfigureAwait(false);
            var running = RunEngineAsync(attachment);
            await transport.RunAsync(aborted).ConfigureAwait(false);
            await running.ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            transport.Close(new LinkDown(LinkDownReason.PeerGone, $"The host is gone: {e.Message}"));
        }
        ReleaseOwnership(attachment, transport.Down!);
        return transport.Down!;
    }

    private async Task<HostHello> ReadHelloAsync(IAsyncStreamReader<ILinkMessage> requests, CancellationToken aborted)
    {
        var first = await requests.MoveNext(aborted).ConfigureAwait(false) ? requests.Current : null;
        if (first is HostMessage { MessageCase: HostMessage.MessageOneofCase.Hello, Hello: var hello }) return hello;
        if (first is Frame frame) pool.Return(frame);
        throw Refused(AttachOutcome.RefusedHello, new Status(StatusCode.InvalidArgument, first switch
        {
            null => "The host ended the call without a hello; its first message must be HostHello.",
            MalformedMessage malformed => malformed.Text,
            Frame => "The first message was a frame; it must be HostHello.",
            var other => $"The first message was {other}; it must be HostHello.",
        }));
    }

    private (DeviceAttachment, GrpcDeviceTransport) TakeOwnership(
        HostHello hello, IAsyncStreamReader<ILinkMessage> requests, IServerStreamWriter<ILinkMessage> responses)
    {
        lock (gate)
        {
            if (stopped) throw new RpcException(new Status(StatusCode.Unavailable, "The emulator is shutting down."));
            if (Owner is { } owner)
                throw Refused(AttachOutcome.RefusedOwned, new Status(StatusCode.ResourceExhausted,
                    $"The card is owned by '{owner.HostName}' since {owner.Since:yyyy-MM-dd HH:mm:ss} UTC. "
                    + "Wait until it detaches, or start another emulator."));
            var transport = new GrpcDeviceTransport(requests, responses, ++lastEpoch, pool);
            Owner = new DeviceAttachment(lastEpoch, hello.HostName, DateTimeOffset.UtcNow, (Pacing)hello.ClockMode,
                new Duration((long)hello.LatencyNs), transport);
            Counters.Count(AttachOutcome.Attached);
            return (Owner, transport);
        }
    }

    private DeviceHello HelloTo(HostHello hello, DeviceAttachment attachment) => new()
    {
        Version = new ProtocolVersion
        {
            Major = HelloRules.Version.Major, Minor = Math.Min(HelloRules.Version.Minor, hello.Version.Minor),
        },
        DeviceName = engine.Identity.Name,
        ClockMode = hello.ClockMode,
        Epoch = attachment.Epoch,
        VendorId = engine.Identity.VendorId,
        DeviceId = engine.Identity.DeviceId,
    };

    private Task RunEngineAsync(DeviceAttachment attachment)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            try
            {
                engine.Run(attachment);
            }
            catch (Exception e)
            {
                // A defect of ours ends the session, not the emulator: the next host gets a fresh card.
                Log.Error(e, "The card failed in the session of '{0}'", attachment.HostName);
            }
            attachment.Transport.Close(new LinkDown(LinkDownReason.PeerGone, "The card stopped; the emulator's log says why."));
            ended.SetResult();
        }) { IsBackground = true, Name = "card" }.Start();
        return ended.Task;
    }

    private void ReleaseOwnership(DeviceAttachment attachment, LinkDown down)
    {
        lock (gate) Owner = null;
        Counters.Count(down.Reason switch
        {
            LinkDownReason.Detached => AttachOutcome.Detached,
            LinkDownReason.ProtocolError => AttachOutcome.ProtocolError,
            _ => AttachOutcome.PeerGone,
        });
        if (down.Reason == LinkDownReason.Detached) Log.Info("'{0}' detached", attachment.HostName);
        else Log.Warn("The session of '{0}' ended: {1}", attachment.HostName, down.Message);
    }

    private RpcException Refused(AttachOutcome refusal, Status status)
    {
        Counters.Count(refusal);
        Log.Warn("Refused a host: {0}", status.Detail);
        return new RpcException(status);
    }
}
