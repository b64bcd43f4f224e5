using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using NLog;
using Pcie.Link.Codec;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Hello;
using Pcie.Link.Grpc.Wire;
using Pcie.Time;

namespace Pcie.Link.Grpc.Host;

/// <summary>Attaches a host to a device over gRPC.</summary>
public static class HostConnector
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link");
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan ShortestPingDelay = TimeSpan.FromSeconds(1);

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
        var attached = await GreetAsync(new AttachCall(uri, options, pool), uri, options, null, cancellation).ConfigureAwait(false);
        var hello = attached.Hello;
        var replay = hello.Capabilities.Contains(ReplayOptions.Capability)
            ? new ReplayOptions(Shorter(options.GracePeriod, TimeSpan.FromMilliseconds(hello.GracePeriodMs)), hello.Token.Memory)
            : null;
        var heartbeat = hello.Capabilities.Contains(HeartbeatOptions.Capability)
            ? new HeartbeatOptions(options.KeepAlive, TimeSpan.FromMilliseconds(hello.KeepAliveMs))
            : null;
        return new GrpcHostTransport(attached, pool, replay, heartbeat, options.Time, new HostReattachment(uri, options, pool));
    }

    internal static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>Says hello on a call that has been opened. If it fails, the call has been put away.</summary>
    /// <param name="resume">Which session to go on with; null for a new one.</param>
    /// <exception cref="LinkRefusedException">The device would not, or answered what it may not.</exception>
    internal static async Task<AttachCall> GreetAsync(
        AttachCall call, LinkUri uri, ConnectOptions options, Resume? resume, CancellationToken cancellation)
    {
        try
        {
            var hello = HelloOf(options, resume);
            await call.GreetAsync(uri, hello, cancellation).ConfigureAwait(false);
            if (HelloRules.Broken(call.Hello, hello) is { } wrong)
                throw new LinkRefusedException($"The device at {uri} answered the hello wrongly: {wrong}");
            return call;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    private static HostHello HelloOf(ConnectOptions options, Resume? resume)
    {
        var hello = new HostHello
        {
            Version = new ProtocolVersion { Major = HelloRules.Major, Minor = HelloRules.Minor },
            HostName = options.HostName,
            ClockMode = (ClockMode)options.Pacing,
            LatencyNs = options.Pacing == Pacing.FreeRunning ? (ulong)options.Latency.Nanoseconds : 0,
            Resume = resume,
            KeepAliveMs = (uint)options.KeepAlive.TotalMilliseconds,
        };
        hello.Capabilities.Add(HeartbeatOptions.Capability);
        if (options.GracePeriod > TimeSpan.Zero) hello.Capabilities.Add(ReplayOptions.Capability);
        return hello;
    }

    /// <summary>Why an attempt to connect failed, for a person.</summary>
    public static string Cause(Exception e) =>
        e is RpcException { Status: var status } ? status.DebugException?.GetBaseException().Message ?? status.Detail : e.Message;

    /// <summary>A gRPC channel to where a link is; the control service is at the same address.</summary>
    /// <exception cref="LinkRefusedException">The link is in this process, or is to be encrypted and no credentials are given.</exception>
    public static GrpcChannel OpenChannel(LinkUri uri, TimeSpan keepAlive, TlsCredentials? credentials = null) =>
        OpenChannel(uri, keepAlive, credentials,
            (_, cancellation) => CarrierStream.ConnectAsync(uri, new Carrier(), cancellation));

    internal static GrpcChannel OpenChannel(LinkUri uri, TimeSpan keepAlive, TlsCredentials? credentials,
        Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect)
    {
        if (uri.Scheme == LinkScheme.InProcess)
            throw new LinkRefusedException("inproc: is within one process; nobody can be reached there from another.");
        var handler = new SocketsHttpHandler
        {
            // A frame may be as large as this and should not have to wait for the window to open again.
            InitialHttp2StreamWindowSize = 16 << 20,
            // For a device that knows no heartbeat, and until its hello has come. Where one is in force, there is never a silence to ask in.
            KeepAlivePingDelay = keepAlive > ShortestPingDelay ? keepAlive : ShortestPingDelay,
            KeepAlivePingTimeout = TimeSpan.FromSeconds(1),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            UseProxy = false,
            ConnectCallback = connect,
        };
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
}
