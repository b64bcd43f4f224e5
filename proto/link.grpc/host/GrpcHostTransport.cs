using Grpc.Core;
using NLog;
using Pcie.Files;
using Pcie.Link.Grpc.Wire;
using Pcie.Pci;

namespace Pcie.Link.Grpc.Host;

/// <summary>The host's end of a gRPC link. <see cref="HostConnector"/> makes it.</summary>
public sealed class GrpcHostTransport : GrpcTransport
{
    // A device that lives answers a Detach at once; one that does not is left behind.
    private static readonly TimeSpan DetachTimeout = TimeSpan.FromSeconds(2);

    // Of what a device gives as its reason.
    private const int LongestStatus = 1000;

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link");

    private readonly HostReattachment reattachment;
    private readonly CancellationTokenSource closing = new();
    private readonly Task running;
    private AttachCall attached;

    // The connection was lost without a word of the device.
    private bool isCutOff;

    internal GrpcHostTransport(
        AttachCall attached, FramePool pool, SessionFeatures features, TimeProvider time, HostReattachment reattachment)
        : base(pool, attached.Hello.Epoch, features, time)
    {
        this.attached = attached;
        this.reattachment = reattachment;
        Device = attached.Hello;
        running = Task.Run(RunAsync);
    }

    /// <summary>What the device said of itself.</summary>
    public DeviceHello Device { get; }

    private async Task RunAsync()
    {
        // With shared memory the device waits to hear that its file has been opened.
        Begin(attached.Connection, speaksAtOnce: Memory is not null);
        var reading = ReadAsync();
        await Drained.ConfigureAwait(false);
        await closing.CancelAsync().ConfigureAwait(false);
        // Unless both sides agree that it is over, ending the call is how the device learns of it.
        var told = await TryDetachAsync().ConfigureAwait(false);
        // One that was told why this host leaves ends the call; for one that says nothing, it is ended here.
        if (told && Down is not { Reason: LinkDownReason.Detached }) await DrainAsync().ConfigureAwait(false);
        if (!told || Down is not { Reason: LinkDownReason.Detached }) attached.Connection.Abort();
        await reading.ConfigureAwait(false);
        if (isCutOff && Replay is not null && Down is { Reason: LinkDownReason.Detached }) await DetachAgainAsync().ConfigureAwait(false);

        async Task DrainAsync()
        {
            using var patience = new CancellationTokenSource(DetachTimeout);
            try
            {
                await reading.WaitAsync(patience.Token).ConfigureAwait(false);
                while (await attached.Connection.Reader.MoveNext(patience.Token).ConfigureAwait(false))
                    if (attached.Connection.Reader.Current is Frame frame) Pool.Return(frame);
            }
            catch (Exception e) when (CallFailure.IsCallOver(e))
            {
                // So it has ended.
            }
        }
    }

    // The connection was lost before the device had answered: it may not know that this host is gone for good, and would wait for it.
    private async Task DetachAgainAsync()
    {
        using var patience = new CancellationTokenSource(DetachTimeout);
        var before = attached;
        try
        {
            attached = await reattachment.ResumeAsync(Epoch, Replay!, Received, patience.Token).ConfigureAwait(false);
            if (await TryDetachAsync().ConfigureAwait(false))
                while (await attached.Connection.Reader.MoveNext(patience.Token).ConfigureAwait(false))
                    if (attached.Connection.Reader.Current is Frame frame) Pool.Return(frame);
        }
        catch (Exception e) when (CallFailure.IsCallOver(e) || e is LinkRefusedException or LinkProtocolException or TimeoutException)
        {
            // It knows of no such session: so it had heard; or it is not there.
        }
        finally
        {
            if (attached != before) before.Dispose();
        }
    }

    private async Task<bool> TryDetachAsync()
    {
        // A device that keeps the session for a host that comes back must be told that this one will not.
        var deliberately = Down is { Reason: LinkDownReason.Detached };
        if (!deliberately && Replay is null) return false;
        try
        {
            var detach = new Detach { Reason = deliberately ? "" : Down!.Message };
            var requests = attached.Requests;
            await requests.WriteAsync(new HostMessage { Detach = detach }).WaitAsync(DetachTimeout).ConfigureAwait(false);
            await requests.CompleteAsync().WaitAsync(DetachTimeout).ConfigureAwait(false);
            return true;
        }
        catch (Exception e) when (CallFailure.IsCallOver(e) || e is TimeoutException)
        {
            return false;
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                if (Replay is not null) reattachment.Watch(attached.Connection.Carrier, () => Down is null);
                if (await ReadConnectionAsync().ConfigureAwait(false) is not { } why || !await TryResumeAsync(why).ConfigureAwait(false)) return;
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            reattachment.Dispose();
        }
    }

    // Returns why the connection is lost, if the session may go on without it; null if it is over.
    private async Task<string?> ReadConnectionAsync()
    {
        LinkDown lost;
        try
        {
            switch (await ReadFramesAsync(attached.Connection, CancellationToken.None).ConfigureAwait(false))
            {
                case DeviceMessage { MessageCase: DeviceMessage.MessageOneofCase.Detached } when Down is not null:
                    await WaitForEndAsync(attached.Connection).ConfigureAwait(false);
                    return null;
                case null:
                    Close(new LinkDown(LinkDownReason.PeerGone, "The device ended the call."));
                    return null;
                case var message:
                    throw new LinkProtocolException($"The device sent {(message as DeviceMessage)?.MessageCase} where a frame was due.");
            }
        }
        catch (LinkProtocolException e)
        {
            Close(new LinkDown(LinkDownReason.ProtocolError, $"The device broke the protocol. {e.Message}"));
            return null;
        }
        catch (Exception e) when (CallFailure.IsConnectionLost(e))
        {
            lost = PeerGone(e);
            _ = LeaveConnectionAsync(attached.Connection);
            isCutOff = !CallFailure.SaysPeer(e);
            if (Down is null && Replay is not null && isCutOff) return lost.Message;
        }
        Close(lost);
        return null;
    }

    // Nothing follows; but to end the call before the device does would look like a failure to it.
    private static async Task WaitForEndAsync(LinkConnection connection)
    {
        try
        {
            await connection.Reader.MoveNext(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (CallFailure.IsCallOver(e))
        {
            // So it has ended.
        }
    }

    private async Task<bool> TryResumeAsync(string why)
    {
        Log.Warn("The connection is lost; trying to resume for {0:0.###} s ({1})", Replay!.GracePeriod.TotalSeconds, why);
        // Put away when the new one is there: taking an HTTP/2 connection down is not what the session waits for.
        var before = attached;
        try
        {
            attached = await reattachment.ResumeAsync(Epoch, Replay, Received, closing.Token).ConfigureAwait(false);
            isCutOff = false;
            Resume(attached.Connection, attached.Hello.Received);
            Log.Info("Resumed, epoch {0}", Epoch);
            return true;
        }
        catch (LinkProtocolException e)
        {
            Close(new LinkDown(LinkDownReason.ProtocolError, $"The device broke the protocol. {e.Message}"));
        }
        catch (Exception e) when (CallFailure.IsConnectionLost(e) || e is LinkRefusedException or TimeoutException)
        {
            Close(new LinkDown(LinkDownReason.PeerGone, $"{why} The session could not be resumed: {e.Message}"));
        }
        finally
        {
            if (attached != before) before.Dispose();
        }
        return false;
    }

    private static LinkDown PeerGone(Exception e) => e switch
    {
        RpcException { StatusCode: StatusCode.InvalidArgument } refused =>
            new(LinkDownReason.ProtocolError, $"The device ended the call: {PrintableText.Of(refused.Status.Detail, LongestStatus)}"),
        RpcException lost => new(LinkDownReason.PeerGone, $"The device is gone: {PrintableText.Of(lost.Status.Detail, LongestStatus)}"),
        _ => new(LinkDownReason.PeerGone, $"The device is gone: {e.Message}"),
    };

    private protected override ILinkMessage AcknowledgementOf(ulong sequence) =>
        new HostMessage { Acknowledgement = new Acknowledgement { Epoch = Epoch, Sequence = sequence } };

    private protected override Acknowledgement? AsAcknowledgement(ILinkMessage message) => (message as DeviceMessage)?.Acknowledgement;

    /// <inheritdoc/>
    /// <remarks>Detaches if that has not been done, and waits for the device to be free, for two seconds at most.</remarks>
    public override void Dispose()
    {
        Close(new LinkDown(LinkDownReason.Detached, "The host detached."));
        if (!running.Wait(DetachTimeout))
        {
            attached.Connection.Abort();
            running.Wait(DetachTimeout);
        }
        attached.Dispose();
        closing.Dispose();
    }
}
