using System.Diagnostics;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using NLog;
using Pcie.Link.Wire;

namespace Pcie.Link.Transports;

/// <summary>Attaches a host to a device over gRPC.</summary>
public static class HostConnector
{
    /// <summary>What this side speaks.</summary>
    public static ProtocolVersion Version => new() { Major = 1, Minor = 1 };

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link");
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan FirstResumePause = TimeSpan.FromMilliseconds(1);

    // A port that has refused for this long is that of a dead process, not of one that comes back in a moment.
    private static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(1);

    // However short the wait, a device that is there gets this long to answer.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(1);

    /// <summary>Attaches, waiting for a device that is not there yet.</summary>
    /// <exception cref="LinkRefusedException">The device would not be attached.</exception>
    /// <exception cref="TimeoutException">No device answered in time.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<GrpcHostTransport> ConnectAsync(
        LinkUri uri, ConnectOptions options, CancellationToken cancellation)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(options.Wait > ShortestWait ? options.Wait : ShortestWait);
        var started = Stopwatch.GetTimestamp();
        var logged = started;
        var pause = FirstPause;
        var last = "it accepted the connection but said nothing";
        while (true)
        {
            try
            {
                return await AttachAsync(uri, options, deadline.Token).ConfigureAwait(false);
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                last = Cause(e);
            }
            catch (Exception e) when (e is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
            {
                cancellation.ThrowIfCancellationRequested();
                throw NobodyThere();
            }
            catch (RpcException e)
            {
                // A connection that was lost before the hellos were through.
                last = Cause(e);
            }
            if (Stopwatch.GetElapsedTime(started) + pause > options.Wait) throw NobodyThere();
            if (Stopwatch.GetElapsedTime(logged) >= TimeSpan.FromSeconds(1))
            {
                Log.Info("Waiting for a device at {0} ({1})", uri, last);
                logged = Stopwatch.GetTimestamp();
            }
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        TimeoutException NobodyThere() => new(
            $"No device answered at {uri} within {options.Wait.TotalSeconds:0.#} s: {last}. Is an emulator listening there?");
    }

    private static async Task<GrpcHostTransport> AttachAsync(LinkUri uri, ConnectOptions options, CancellationToken cancellation)
    {
        var pool = options.Pool ?? new FramePool();
        var attached = await CallAsync(uri, options, pool, null, cancellation).ConfigureAwait(false);
        var hello = attached.Hello;
        var replay = hello.Capabilities.Contains(ReplayOptions.Capability)
            ? new ReplayOptions(Shorter(options.GracePeriod, TimeSpan.FromMilliseconds(hello.GracePeriodMs)), hello.Token.Memory)
            : null;
        return new GrpcHostTransport(attached, pool, replay,
            (transport, closing) => ResumeAsync(uri, options, transport, closing));
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>Opens another connection for a session, trying for as long as its grace period lasts.</summary>
    /// <exception cref="LinkRefusedException">The device does not know the session any more, or nobody listens there.</exception>
    /// <exception cref="TimeoutException">No connection came about in time.</exception>
    private static async Task<AttachedCall> ResumeAsync(
        LinkUri uri, ConnectOptions options, GrpcHostTransport transport, CancellationToken closing)
    {
        var replay = transport.Replay!;
        var resume = new Resume
        {
            Epoch = transport.Epoch, Token = UnsafeByteOperations.UnsafeWrap(replay.Token), Received = transport.Received,
        };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(closing);
        deadline.CancelAfter(replay.GracePeriod);
        var refusedSince = 0L;
        var last = "it accepted the connection but said nothing";
        for (var pause = FirstResumePause; ; pause = Shorter(pause * 2, LongestPause))
        {
            try
            {
                return await CallAsync(uri, options, transport.Pool, resume, deadline.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException && !deadline.IsCancellationRequested)
            {
                last = Cause(e);
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

    private static string Cause(Exception e) =>
        e is RpcException { Status: var status } ? status.DebugException?.GetBaseException().Message ?? status.Detail : e.Message;

    // A dead process's port refuses; a cut cable says nothing, and a device that is only late has listened all the time.
    private static bool IsNobodyListening(Exception e) => (e as RpcException)?.Status.DebugException?.GetBaseException() is SocketException
    {
        SocketErrorCode: SocketError.ConnectionRefused or SocketError.AddressNotAvailable,
    }
        or FileNotFoundException or DirectoryNotFoundException;

    private static async Task<AttachedCall> CallAsync(
        LinkUri uri, ConnectOptions options, FramePool pool, Resume? resume, CancellationToken cancellation)
    {
        var channel = OpenChannel(uri, options.KeepAlive, options.Credentials);
        AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage>? call = null;
        try
        {
            call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(LinkMethod.Attach(pool), null, default);
            await WriteHelloAsync(call, HelloOf(options, resume)).WaitAsync(cancellation).ConfigureAwait(false);
            var hello = await ReadHelloAsync(call, cancellation).ConfigureAwait(false);
            if (WrongWith(hello, options, resume) is { } wrong)
                throw new LinkRefusedException($"The device at {uri} answered the hello wrongly: {wrong}");
            return new AttachedCall(channel, call, hello);
        }
        catch (Exception e)
        {
            call?.Dispose();
            channel.Dispose();
            if (e is RpcException refused && IsRefusal(refused))
                throw new LinkRefusedException($"The device at {uri} refused: {refused.Status.Detail}");
            throw;
        }
    }

    // A device that will not answers with one of these; anything else is a connection that did not last, made into a status by gRPC.
    private static bool IsRefusal(RpcException e) => e is
    {
        StatusCode: StatusCode.FailedPrecondition or StatusCode.ResourceExhausted or StatusCode.InvalidArgument or StatusCode.Unimplemented,
    };

    private static async Task WriteHelloAsync(AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage> call, HostHello hello)
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

    private static HostHello HelloOf(ConnectOptions options, Resume? resume)
    {
        var hello = new HostHello
        {
            Version = Version,
            HostName = options.HostName,
            ClockMode = (ClockMode)options.Pacing,
            LatencyNs = options.Pacing == Pacing.FreeRunning ? (ulong)options.Latency.Nanoseconds : 0,
            Resume = resume,
        };
        if (options.GracePeriod > TimeSpan.Zero) hello.Capabilities.Add(ReplayOptions.Capability);
        return hello;
    }

    private static async Task<DeviceHello> ReadHelloAsync(
        AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage> call, CancellationToken cancellation)
    {
        if (!await call.ResponseStream.MoveNext(cancellation).ConfigureAwait(false))
            throw new LinkRefusedException("The device ended the call without a hello.");
        return call.ResponseStream.Current is DeviceMessage { Hello: { } hello }
            ? hello
            : throw new LinkRefusedException($"The device sent {call.ResponseStream.Current} where its hello was due.");
    }

    private static string? WrongWith(DeviceHello hello, ConnectOptions options, Resume? resume) =>
        hello.Version?.Major != Version.Major
            ? $"it speaks protocol {hello.Version?.Major}.{hello.Version?.Minor}, this host {Version.Major}.{Version.Minor}. "
                + "Both need the same major version: use an emulator and a driver model of the same release."
        : hello.ClockMode != (ClockMode)options.Pacing ? $"clock mode {hello.ClockMode}, where {options.Pacing} was asked for."
        : hello.Epoch == 0 ? "epoch 0, which is none."
        : hello.Capabilities.Contains(ReplayOptions.Capability) && options.GracePeriod <= TimeSpan.Zero
            ? "the capability replay is in force, which was not asked for."
        : hello.Capabilities.Contains(ReplayOptions.Capability) && resume is null && hello.Token.Length is < 16 or > ReplayOptions.MaxToken
            ? $"a token of {hello.Token.Length} bytes; replay needs 16 to {ReplayOptions.MaxToken}."
        : resume is not null && hello.Epoch != resume.Epoch ? $"epoch {hello.Epoch}, where {resume.Epoch} was to be resumed."
        : null;

    /// <summary>A gRPC channel to where a link is; the control service is at the same address.</summary>
    /// <exception cref="LinkRefusedException">The link is in this process, or is to be encrypted and no credentials are given.</exception>
    public static GrpcChannel OpenChannel(LinkUri uri, TimeSpan keepAlive, TlsCredentials? credentials = null)
    {
        if (uri.Scheme == LinkScheme.InProcess)
            throw new LinkRefusedException("inproc: is within one process; nobody can be reached there from another.");
        var handler = new SocketsHttpHandler
        {
            // A frame may be as large as this and should not have to wait for the window to open again.
            InitialHttp2StreamWindowSize = 16 << 20,
            KeepAlivePingDelay = keepAlive,
            KeepAlivePingTimeout = TimeSpan.FromSeconds(1),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            UseProxy = false,
        };
        if (uri.Scheme == LinkScheme.Unix)
            handler.ConnectCallback = (_, cancellation) => ConnectUnixAsync(uri.Path, cancellation);
        if (uri.Scheme == LinkScheme.Https)
        {
            if (credentials is null)
                throw new LinkRefusedException($"{uri} needs --certificate, --certificate-key and --server-ca (PEM files): "
                    + "both sides are known by their certificates.");
            handler.SslOptions.ClientCertificates = [credentials.Certificate];
            handler.SslOptions.CertificateChainPolicy = credentials.ChainPolicy();
        }
        return GrpcChannel.ForAddress(uri.Scheme == LinkScheme.Unix ? "http://localhost" : uri.ToString(), new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = FrameCodec.MaxMessageSize,
            MaxSendMessageSize = FrameCodec.MaxMessageSize,
        });
    }

    private static async ValueTask<System.IO.Stream> ConnectUnixAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
