using System.Diagnostics;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Wire;

namespace Pcie.Link.Grpc.Host;

/// <summary>
/// Brings a host's session back whose connection is lost: opens another connection to the same device, for as long as the grace period lasts.
/// </summary>
internal sealed class HostReattachment(LinkUri uri, ConnectOptions options, FramePool pool) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    // A port that has refused for this long is that of a dead process, not of one that comes back in a moment.
    private static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(1);

    private readonly Lock nextLock = new();
    private Carrier? watched;
    private AttachCall? next;

    /// <summary>
    /// Opens the next call as soon as a connection ends: what came over that, and how it ended, are then still on their way through HTTP/2 and
    /// gRPC. The host says hello on the next one when it has read all of that.
    /// </summary>
    /// <param name="isWanted">Asked when the connection ends: whether the session goes on.</param>
    public void Watch(Carrier carrier, Func<bool> isWanted)
    {
        lock (nextLock) watched = carrier;
        carrier.WhenLost(() =>
        {
            lock (nextLock)
                if (watched == carrier && isWanted()) next = new AttachCall(uri, options, pool);
        });
    }

    // The call that has been opened, which is the caller's then; none will be any more.
    private AttachCall? TakeNext()
    {
        lock (nextLock)
        {
            watched = null;
            var taken = next;
            next = null;
            return taken;
        }
    }

    /// <summary>Resumes a session, of which nothing is read from the connection before any more.</summary>
    /// <param name="received">The last frame that this side has.</param>
    /// <exception cref="LinkRefusedException">The device does not know the session any more, or nobody listens there.</exception>
    /// <exception cref="TimeoutException">No connection came about in time.</exception>
    public async Task<AttachCall> ResumeAsync(ulong epoch, ReplayOptions replay, ulong received, CancellationToken closing)
    {
        var opened = TakeNext();
        var resume = new Resume { Epoch = epoch, Token = UnsafeByteOperations.UnsafeWrap(replay.Token), Received = received };
        var hello = HostConnector.HelloOf(uri, options, resume, ByteString.Empty);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(closing);
        deadline.CancelAfter(replay.GracePeriod);
        var refusedSince = 0L;
        var last = "it accepted the connection but said nothing";
        for (var pause = FirstPause; ; pause = HostConnector.Shorter(pause * 2, LongestPause))
        {
            try
            {
                var call = opened ?? new AttachCall(uri, options, pool);
                opened = null;
                return await HostConnector.GreetAsync(call, uri, hello, deadline.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException && !deadline.IsCancellationRequested)
            {
                last = HostConnector.Cause(e);
                if (!IsNobodyListening(e)) refusedSince = 0;
                else if (refusedSince == 0) refusedSince = Stopwatch.GetTimestamp();
                else if (Stopwatch.GetElapsedTime(refusedSince) >= DeadAfter)
                    throw new LinkRefusedException($"nobody listens at {uri} any more ({last})");
            }
            catch (Exception e) when (e is OperationCanceledException or RpcException)
            {
                closing.ThrowIfCancellationRequested();
                throw new TimeoutException($"no connection to {uri} came about within {replay.GracePeriod.TotalSeconds:0.###} s ({last}).");
            }
            // Its end is noticed by the call that follows.
            await Task.Delay(pause, deadline.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A dead process's port refuses; a cut cable says nothing, and a device that is only late has listened all the time.
    private static bool IsNobodyListening(Exception e) => (e as RpcException)?.Status.DebugException?.GetBaseException() is SocketException
    {
        SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable,
    }
        or FileNotFoundException or DirectoryNotFoundException;

    public void Dispose() => TakeNext()?.Dispose();
}
