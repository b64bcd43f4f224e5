using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using NLog;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Hello;
using Pcie.Link.Wire;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Grpc.Device;

/// <summary>
/// The service PcieLink of link.proto: lets one host at a time own the card, and runs the card for it on a thread of its own. The session
/// is not the call: one whose connection is lost is kept for the grace period, and goes on in another call.
/// </summary>
/// <param name="gracePeriod">How long a host may take to come back after its connection is lost; zero if it may not.</param>
public sealed class AttachService(IDeviceEngine engine, FramePool pool, TimeSpan gracePeriod)
{
    private const int TokenSize = 16;

    // One host owns the card, and a few more want to; whoever opens more calls than this at once has something else in mind.
    private const int MostCalls = 64;

    // A host says hello as it opens the call.
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(5);

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link.Attach");

    private readonly Lock gate = new();
    private Session? session;
    private ulong lastEpoch;
    private bool stopped;
    private int calls;

    /// <summary>A host of which nothing is heard for this long is silent, if it has the capability heartbeat.</summary>
    public TimeSpan KeepAlive { get; set; } = HeartbeatOptions.DefaultKeepAlive;

    /// <summary>What heartbeats and silence are measured by.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Who owns the card; null if nobody.</summary>
    public DeviceAttachment? Owner => session?.Attachment;

    public AttachCounters Counters { get; } = new();

    /// <summary>A session has ended and the card is free again; on an arbitrary thread.</summary>
    public event Action<DeviceAttachment, LinkDown>? Ended;

    /// <summary>With the default grace period.</summary>
    public AttachService(IDeviceEngine engine, FramePool pool)
        : this(engine, pool, ReplayOptions.DefaultGracePeriod)
    {
    }

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
        try
        {
            if (Interlocked.Increment(ref calls) > MostCalls)
                throw Refused(AttachOutcome.RefusedCrowded, new Status(StatusCode.Unavailable,
                    $"{MostCalls} Attach calls are open, which is as many as this emulator takes. End those that own nothing, and try again."));
            await ServeAsync(requests, responses, call).ConfigureAwait(false);
        }
        finally
        {
            Interlocked.Decrement(ref calls);
        }
    }

    private async Task ServeAsync(
        IAsyncStreamReader<ILinkMessage> requests, IServerStreamWriter<ILinkMessage> responses, ServerCallContext call)
    {
        var hello = await ReadHelloAsync(requests, call.CancellationToken).ConfigureAwait(false);
        if (DeviceHelloRules.Broken(hello) is var (refusal, status)) throw Refused(refusal, status);
        var served = hello.Resume is null ? TakeOwnership(hello) : FindSession(hello.Resume);
        ConnectionLimit.Spare(call.GetHttpContext());
        var connection = new LinkConnection(requests, responses, call.GetHttpContext().Abort, CarrierReader.Of(call.GetHttpContext()));
        var leaving = new TaskCompletionSource();
        var runs = hello.Resume is not null;
        try
        {
            served.LastCall = leaving.Task;
            if (!runs) served.Device = await GreetAsync(served, call.CancellationToken).ConfigureAwait(false);
            await served.Transport.ServeAsync(connection, hello.Resume?.Received, SayHelloAsync, call.CancellationToken).ConfigureAwait(false);
            // One whose connection is lost goes on without this call.
            if (served.Transport.Down is null) return;
            await AnswerAsync(await served.Over.ConfigureAwait(false), responses).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The host has detached, and has not waited to be told that it has.
        }
        finally
        {
            leaving.SetResult();
            if (!runs)
            {
                // Gone before it could be answered.
                served.Transport.Close(new LinkDown(LinkDownReason.PeerGone, "The host is gone before it was answered."));
                _ = RunSessionAsync(served);
            }
        }

        async Task SayHelloAsync(ulong received)
        {
            await responses.WriteAsync(new DeviceMessage { Hello = HelloTo(hello, served, received) }).ConfigureAwait(false);
            if (runs) Counters.Count(AttachOutcome.Resumed);
            else _ = RunSessionAsync(served);
            runs = true;
            Log.Info("'{0}' {1}, {2}, epoch {3}", served.Attachment.HostName, hello.Resume is null ? "attached" : "resumed",
                served.Attachment.Pacing, served.Attachment.Epoch);
        }
    }

    private async Task<DeviceName> GreetAsync(Session greeted, CancellationToken aborted)
    {
        try
        {
            return await engine.GreetAsync(greeted.Attachment, aborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is LinkRefusedException or TimeoutException)
        {
            Log.Warn("'{0}' cannot be attached: {1}", greeted.Attachment.HostName, e.Message);
            throw new RpcException(new Status(e is TimeoutException ? StatusCode.Unavailable : StatusCode.FailedPrecondition, e.Message));
        }
    }

    private static Task AnswerAsync(LinkDown down, IServerStreamWriter<ILinkMessage> responses) => down.Reason switch
    {
        LinkDownReason.ProtocolError => throw new RpcException(new Status(StatusCode.InvalidArgument, down.Message)),
        LinkDownReason.PeerGone => throw new RpcException(new Status(StatusCode.Unavailable, down.Message)),
        _ => responses.WriteAsync(new DeviceMessage { Detached = new Detached() }),
    };

    // From the hello to the end of the link, whatever becomes of the calls.
    private async Task RunSessionAsync(Session running)
    {
        await RunEngineAsync(running.Attachment).ConfigureAwait(false);
        var down = running.Transport.Down!;
        ReleaseOwnership(running.Attachment, down);
        running.SetOver(down);
        await running.LastCall.ConfigureAwait(false);
        Ended?.Invoke(running.Attachment, down);
    }

    private async Task<HostHello> ReadHelloAsync(IAsyncStreamReader<ILinkMessage> requests, CancellationToken aborted)
    {
        var first = await FirstAsync(requests, aborted).ConfigureAwait(false);
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

    private async Task<ILinkMessage?> FirstAsync(IAsyncStreamReader<ILinkMessage> requests, CancellationToken aborted)
    {
        try
        {
            return await requests.MoveNext(aborted).WaitAsync(HelloTimeout, aborted).ConfigureAwait(false) ? requests.Current : null;
        }
        catch (TimeoutException)
        {
            throw Refused(AttachOutcome.RefusedSilent, new Status(StatusCode.DeadlineExceeded,
                $"The host opened Attach and said nothing for {HelloTimeout.TotalSeconds:0} s; its first message must be HostHello, at once."));
        }
    }

    private Session TakeOwnership(HostHello hello)
    {
        lock (gate)
        {
            if (stopped) throw new RpcException(new Status(StatusCode.Unavailable, "The emulator is shutting down."));
            if (session is not null) throw OwnedBy(session);
            var replay = gracePeriod > TimeSpan.Zero && hello.Capabilities.Contains(ReplayOptions.Capability)
                ? new ReplayOptions(gracePeriod, RandomNumberGenerator.GetBytes(TokenSize))
                : null;
            var heartbeat = hello.Capabilities.Contains(HeartbeatOptions.Capability)
                ? new HeartbeatOptions(KeepAlive, TimeSpan.FromMilliseconds(hello.KeepAliveMs))
                : null;
            var transport = new GrpcDeviceTransport(++lastEpoch, pool, replay, heartbeat, Time);
            var attachment = new DeviceAttachment(lastEpoch, hello.HostName, DateTimeOffset.UtcNow, (Pacing)hello.ClockMode,
                new Duration((long)hello.LatencyNs), transport);
            Counters.Count(AttachOutcome.Attached);
            return session = new Session(attachment, transport, engine.Device);
        }
    }

    private RpcException OwnedBy(Session owned)
    {
        var owner = $"The card is owned by '{owned.Attachment.HostName}' since {owned.Attachment.Since:yyyy-MM-dd HH:mm:ss} UTC";
        return owned.Transport is { IsConnected: false, Replay.GracePeriod: var grace }
            ? Refused(AttachOutcome.RefusedOwned, new Status(StatusCode.Unavailable,
                $"{owner}, whose connection is lost and who has {grace.TotalSeconds:0.###} s to come back. Try again then."))
            : Refused(AttachOutcome.RefusedOwned, new Status(StatusCode.ResourceExhausted,
                $"{owner}. Wait until it detaches, or start another emulator."));
    }

    private Session FindSession(Resume resume)
    {
        lock (gate)
            if (session is { Transport.Replay.Token: var token } && resume.Epoch == session.Attachment.Epoch
                && CryptographicOperations.FixedTimeEquals(token.Span, resume.Token.Span)) return session;
        throw Refused(AttachOutcome.RefusedResume, new Status(StatusCode.FailedPrecondition,
            $"There is no session of epoch {resume.Epoch} with that token: it is over, or was of another emulator process. Attach afresh."));
    }

    private static DeviceHello HelloTo(HostHello hello, Session served, ulong received)
    {
        var answer = new DeviceHello
        {
            Version = new ProtocolVersion
            {
                Major = DeviceHelloRules.Version.Major, Minor = Math.Min(DeviceHelloRules.Version.Minor, hello.Version.Minor),
            },
            DeviceName = served.Device.Name,
            ClockMode = hello.ClockMode,
            Epoch = served.Attachment.Epoch,
            VendorId = served.Device.VendorId,
            DeviceId = served.Device.DeviceId,
            Received = received,
        };
        if (served.Transport.Heartbeat is { } heartbeat)
        {
            answer.Capabilities.Add(HeartbeatOptions.Capability);
            answer.KeepAliveMs = (uint)heartbeat.KeepAlive.TotalMilliseconds;
        }
        if (served.Transport.Replay is not { } replay) return answer;
        answer.Capabilities.Add(ReplayOptions.Capability);
        answer.GracePeriodMs = (uint)replay.GracePeriod.TotalMilliseconds;
        if (hello.Resume is null) answer.Token = UnsafeByteOperations.UnsafeWrap(replay.Token);
        return answer;
    }

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
        lock (gate) session = null;
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
        Log.Log(Repeated.At(LogLevel.Warn, (ulong)Counters[refusal]), "Refused a host: {0}", status.Detail);
        return new RpcException(status);
    }

    private sealed class Session(DeviceAttachment attachment, GrpcDeviceTransport transport, DeviceName device)
    {
        private readonly TaskCompletionSource<LinkDown> over = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public DeviceAttachment Attachment => attachment;

        public GrpcDeviceTransport Transport => transport;

        /// <summary>Which device the host gets.</summary>
        public DeviceName Device { get; set; } = device;

        /// <summary>Completes when the engine has stopped and the card is free.</summary>
        public Task<LinkDown> Over => over.Task;

        /// <summary>The latest call that carries it; completes when the call ends.</summary>
        public Task LastCall { get; set; } = Task.CompletedTask;

        public void SetOver(LinkDown down) => over.SetResult(down);
    }
}
