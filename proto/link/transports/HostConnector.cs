using System.Diagnostics;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using NLog;
using Pcie.Link.Wire;

namespace Pcie.Link.Transports;

/// <summary>Attaches a host to a device over gRPC.</summary>
public static class HostConnector
{
    /// <summary>What this side speaks.</summary>
    public static ProtocolVersion Version => new() { Major = 1, Minor = 0 };

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link");
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

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
                last = e.Status.DebugException?.GetBaseException().Message ?? e.Status.Detail;
            }
            catch (Exception e) when (e is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
            {
                cancellation.ThrowIfCancellationRequested();
                throw NobodyThere();
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
        var pool = new FramePool();
        var channel = OpenChannel(uri, options.KeepAlive, options.Credentials);
        AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage>? call = null;
        try
        {
            call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(LinkMethod.Attach(pool), null, default);
            await WriteHelloAsync(call, options).ConfigureAwait(false);
            var hello = await ReadHelloAsync(call, cancellation).ConfigureAwait(false);
            if (WrongWith(hello, options) is { } wrong)
                throw new LinkRefusedException($"The device at {uri} answered the hello wrongly: {wrong}");
            return new GrpcHostTransport(channel, call, hello, pool);
        }
        catch (Exception e)
        {
            call?.Dispose();
            channel.Dispose();
            if (e is RpcException refused && refused.StatusCode is not (StatusCode.Unavailable or StatusCode.Cancelled))
                throw new LinkRefusedException($"The device at {uri} refused: {refused.Status.Detail}");
            throw;
        }
    }

    private static async Task WriteHelloAsync(AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage> call, ConnectOptions options)
    {
        try
        {
            await call.RequestStream.WriteAsync(new HostMessage { Hello = HelloOf(options) }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException or IOException)
        {
            // Reading tells why.
        }
    }

    private static HostHello HelloOf(ConnectOptions options) => new()
    {
        Version = Version,
        HostName = options.HostName,
        ClockMode = (ClockMode)options.Pacing,
        LatencyNs = options.Pacing == Pacing.FreeRunning ? (ulong)options.Latency.Nanoseconds : 0,
    };

    private static async Task<DeviceHello> ReadHelloAsync(
        AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage> call, CancellationToken cancellation)
    {
        if (!await call.ResponseStream.MoveNext(cancellation).ConfigureAwait(false))
            throw new LinkRefusedException("The device ended the call without a hello.");
        return call.ResponseStream.Current is DeviceMessage { Hello: { } hello }
            ? hello
            : throw new LinkRefusedException($"The device sent {call.ResponseStream.Current} where its hello was due.");
    }

    private static string? WrongWith(DeviceHello hello, ConnectOptions options) =>
        hello.Version?.Major != Version.Major ? $"protocol version {hello.Version}, where {Version} was asked for."
        : hello.ClockMode != (ClockMode)options.Pacing ? $"clock mode {hello.ClockMode}, where {options.Pacing} was asked for."
        : hello.Epoch == 0 ? "epoch 0, which is none."
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
