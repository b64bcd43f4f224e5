using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;
using NLog;
using Pcie.Link.Grpc.Wire;
using Pcie.Pci;

namespace Pcie.Link.Grpc.Device;

/// <summary>
/// The service PcieLink of link.proto: lets one host at a time own the card, and runs the card for it on a thread of its own. The session
/// is not the call: one whose connection is lost is kept for the grace period, and goes on in another call.
/// </summary>
public sealed class AttachService
{
    // One host owns the card, and a few more want to; whoever opens more calls than this at once has something else in mind.
    private const int MaxCalls = 64;

    // A session, from attaching to its end, for who traces (OpenTelemetry).
    private static readonly ActivitySource Activities = new("Pcie.Link");

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link.Attach");

    private readonly IDeviceEngine engine;
    private readonly AttachRefusals refusals;
    private readonly HelloReader hellos;
    private readonly CardOwnership ownership;
    private int calls;

    public AttachService(IDeviceEngine engine, AttachOptions options)
    {
        this.engine = engine;
        Options = options;
        refusals = new AttachRefusals(options.Counters);
        hellos = new HelloReader(options.Pool, refusals);
        ownership = new CardOwnership(options, refusals);
    }

    public AttachOptions Options { get; }

    public AttachCounters Counters => Options.Counters;

    /// <summary>Who owns the card; null if nobody.</summary>
    public DeviceAttachment? Owner => ownership.Owner?.Attachment;

    /// <summary>A session has ended and the card is free again; on an arbitrary thread.</summary>
    public event Action<DeviceAttachment, LinkDown>? Ended;

    /// <summary>The service, for a gRPC server to serve.</summary>
    public ServerServiceDefinition Definition =>
        ServerServiceDefinition.CreateBuilder().AddMethod(LinkMethod.Attach(Options.Pool), AttachAsync).Build();

    /// <summary>Takes no more hosts, and ends the session of the one there is.</summary>
    public void Stop() => ownership.Stop();

    private async Task AttachAsync(
        IAsyncStreamReader<ILinkMessage> requests, IServerStreamWriter<ILinkMessage> responses, ServerCallContext call)
    {
        try
        {
            if (Interlocked.Increment(ref calls) > MaxCalls)
                throw refusals.Refuse(AttachOutcome.RefusedCrowded, StatusCode.Unavailable,
                    $"{MaxCalls} Attach calls are open, which is as many as this emulator takes. End those that own nothing, and try again.");
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
        var hello = await hellos.ReadAsync(requests, call.CancellationToken).ConfigureAwait(false);
        var (session, isNew) = hello.Resume is null
            ? ownership.Take(hello, engine.Device, IsSameMachine(call))
            : (ownership.Find(hello.Resume), false);
        ConnectionLimit.Spare(call.GetHttpContext());
        var connection = new LinkConnection(requests, responses, call.GetHttpContext().Abort, CarrierReader.Of(call.GetHttpContext()));
        var leaving = new TaskCompletionSource();
        var runs = !isNew;
        try
        {
            session.LastCall = leaving.Task;
            if (!runs) session.Device = await GreetAsync(session.Attachment, call.CancellationToken).ConfigureAwait(false);
            ulong? received = isNew ? null : hello.Resume?.Received ?? 0;
            await session.Transport.ServeAsync(connection, received, SayHelloAsync, call.CancellationToken).ConfigureAwait(false);
            // A session whose connection is lost goes on without this call; one that has not begun ends below.
            if (!runs || session.Transport.Down is null) return;
            await AnswerAsync(await session.Over.ConfigureAwait(false), responses).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The host is gone, and need not be told.
        }
        finally
        {
            leaving.SetResult();
            if (!runs)
            {
                session.Transport.Close(new LinkDown(LinkDownReason.PeerGone, "The host is gone before it was answered."));
                _ = RunSessionAsync(session);
            }
        }

        async Task SayHelloAsync(ulong taken)
        {
            session.HasBegun = true;
            await WriteAsync(responses, new DeviceMessage { Hello = session.HelloTo(hello, taken) }).ConfigureAwait(false);
            if (runs) Counters.Count(AttachOutcome.Resumed);
            else _ = RunSessionAsync(session);
            runs = true;
            Log.Info("'{0}' {1}, {2}, epoch {3}", session.Attachment.HostName, isNew ? "attached" : "resumed",
                session.Attachment.Pacing, session.Attachment.Epoch);
        }
    }

    private static bool IsSameMachine(ServerCallContext call) =>
        call.GetHttpContext().Features.Get<IConnectionSocketFeature>()?.Socket.AddressFamily == AddressFamily.Unix;

    private async Task<DeviceName> GreetAsync(DeviceAttachment greeted, CancellationToken aborted)
    {
        try
        {
            return await engine.GreetAsync(greeted, aborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is LinkRefusedException or TimeoutException)
        {
            Log.Warn("'{0}' cannot be attached: {1}", greeted.HostName, e.Message);
            throw new RpcException(new Status(e is TimeoutException ? StatusCode.Unavailable : StatusCode.FailedPrecondition, e.Message));
        }
    }

    private static Task AnswerAsync(LinkDown down, IServerStreamWriter<ILinkMessage> responses) => down.Reason switch
    {
        LinkDownReason.ProtocolError => throw new RpcException(new Status(StatusCode.InvalidArgument, down.Message)),
        LinkDownReason.PeerGone => throw new RpcException(new Status(StatusCode.Unavailable, down.Message)),
        _ => WriteAsync(responses, new DeviceMessage { Detached = new Detached() }),
    };

    private static async Task WriteAsync(IServerStreamWriter<ILinkMessage> responses, DeviceMessage message)
    {
        try
        {
            await responses.WriteAsync(message).ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            throw new IOException($"The host has ended the call: {e.Message}", e);
        }
    }

    private async Task RunSessionAsync(AttachedSession session)
    {
        using var activity = Activities.StartActivity("session");
        activity?.SetTag("pcie.host.name", session.Attachment.HostName).SetTag("pcie.session.epoch", (long)session.Attachment.Epoch);
        await session.RunEngineAsync(engine).ConfigureAwait(false);
        var down = session.Transport.Down!;
        activity?.SetTag("pcie.link.down", $"{down.Reason}");
        if (down.Reason != LinkDownReason.Detached) activity?.SetStatus(ActivityStatusCode.Error, down.Message);
        ownership.Release(session.Attachment, down);
        session.SetOver(down);
        await session.LastCall.ConfigureAwait(false);
        Ended?.Invoke(session.Attachment, down);
    }
}
