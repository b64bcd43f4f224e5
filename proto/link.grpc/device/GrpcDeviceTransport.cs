using NLog;
using Pcie.Files;
using Pcie.Link.Grpc.Wire;
using Pcie.Pci;

namespace Pcie.Link.Grpc.Device;

/// <summary>The device's end of a gRPC link: one session, over one Attach call after the other if it resumes.</summary>
/// <param name="epoch">As in the DeviceHello that was sent.</param>
/// <param name="pool">Where the calls' frames come from.</param>
/// <param name="features">Those of the hellos.</param>
public sealed class GrpcDeviceTransport(ulong epoch, FramePool pool, SessionFeatures features, TimeProvider time)
    : GrpcTransport(pool, epoch, features, time)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link");

    // One connection at a time: the one that takes over waits until the one before it has let go.
    private readonly SemaphoreSlim serving = new(1, 1);
    private readonly Lock connectionLock = new();
    private LinkConnection? current;
    private CancellationTokenSource? absence;

    /// <summary>Whether the host is connected; false in the grace period.</summary>
    public bool HasHost
    {
        get
        {
            lock (connectionLock) return current is not null;
        }
    }

    /// <summary>Carries frames over a connection until it is lost, or the link is down and what was sent before that has gone out.</summary>
    /// <param name="connection">After the host's hello; the device's is still to be sent.</param>
    /// <param name="hostReceived">The last frame that the host has, if this resumes the session; null if it begins it.</param>
    /// <param name="hello">Sends the device's hello, with the last frame received from the host.</param>
    /// <param name="aborted">The call's: the connection is lost.</param>
    public async Task ServeAsync(
        LinkConnection connection, ulong? hostReceived, Func<ulong, Task> hello, CancellationToken aborted)
    {
        // The host knows before this side that the connection is lost; what is left of it must not be in the way.
        lock (connectionLock) current?.Abort();
        await serving.WaitAsync(aborted).ConfigureAwait(false);
        var greeted = hostReceived is not null;
        try
        {
            if (Down is not null) return;
            lock (connectionLock)
            {
                current = connection;
                absence?.Cancel();
                absence = null;
            }
            await hello(Received).ConfigureAwait(false);
            greeted = true;
            if (hostReceived is { } received) Resume(connection, received);
            else Begin(connection);
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(aborted);
            var reading = ReadAsync(connection, ended.Token);
            await Task.WhenAny(Drained, reading).ConfigureAwait(false);
            // What was sent before the link went down goes out, if it can.
            if (Down is not null) await Drained.WaitAsync(aborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ended.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(false);
        }
        catch (Exception e) when (CallFailure.IsConnectionLost(e))
        {
            if (greeted) ConnectionLost(e.Message);
            // It does not know the token, so that it cannot come back.
            else Close(new LinkDown(LinkDownReason.PeerGone, $"The host is gone before it was answered: {e.Message}"));
        }
        catch (LinkProtocolException e)
        {
            Close(new LinkDown(LinkDownReason.ProtocolError, e.Message));
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            lock (connectionLock) current = null;
            // A write that waits for a host that is gone ends with the call.
            if (!Drained.IsCompleted) connection.Abort();
            await LeaveConnectionAsync(connection).ConfigureAwait(false);
            serving.Release();
        }
    }

    private async Task ReadAsync(LinkConnection connection, CancellationToken ended)
    {
        try
        {
            switch (await ReadFramesAsync(connection, ended).ConfigureAwait(false))
            {
                case HostMessage { MessageCase: HostMessage.MessageOneofCase.Detach, Detach.Reason: var reason }:
                    CloseUnread(reason.Length == 0
                        ? new LinkDown(LinkDownReason.Detached, "The host detached.")
                        : new LinkDown(LinkDownReason.PeerGone, $"The host is gone: {PrintableText.Of(reason)}"));
                    break;
                case null:
                    ConnectionLost("it ended the call without detaching.");
                    break;
                case var message:
                    throw new LinkProtocolException($"The host sent {(message as HostMessage)?.MessageCase} where a frame was due.");
            }
        }
        catch (LinkProtocolException e)
        {
            Close(new LinkDown(LinkDownReason.ProtocolError, e.Message));
        }
        catch (Exception e) when (CallFailure.IsConnectionLost(e))
        {
            ConnectionLost(e.Message);
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void ConnectionLost(string why)
    {
        if (Down is not null) return;
        if (Replay is null)
        {
            Close(new LinkDown(LinkDownReason.PeerGone, $"The host is gone: {why}"));
            return;
        }
        lock (connectionLock)
        {
            if (absence is not null) return;
            absence = new CancellationTokenSource();
            _ = EndAfterGracePeriodAsync(why, absence.Token);
        }
        Log.Warn("The connection of epoch {0} is lost: {1} The host has {2:0.###} s to come back",
            Epoch, why, Replay.GracePeriod.TotalSeconds);
    }

    private async Task EndAfterGracePeriodAsync(string why, CancellationToken cameBack)
    {
        await Task.Delay(Replay!.GracePeriod, Time, cameBack).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cameBack.IsCancellationRequested) return;
        Close(new LinkDown(LinkDownReason.PeerGone,
            $"The host is gone: {why} It did not come back within {Replay.GracePeriod.TotalSeconds:0.###} s."));
    }

    private protected override ILinkMessage AcknowledgementOf(ulong sequence) =>
        new DeviceMessage { Acknowledgement = new Acknowledgement { Epoch = Epoch, Sequence = sequence } };

    private protected override Acknowledgement? AsAcknowledgement(ILinkMessage message) => (message as HostMessage)?.Acknowledgement;

    /// <inheritdoc/>
    public override void Dispose() => Close(new LinkDown(LinkDownReason.PeerGone, "The device was shut down."));
}
