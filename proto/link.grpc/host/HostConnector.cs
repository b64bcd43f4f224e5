using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using NLog;
using Pcie.Files;
using Pcie.Link.Codec;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Hello;
using Pcie.Link.Grpc.Wire;
using Pcie.Link.Shm;
using Pcie.Time;

namespace Pcie.Link.Grpc.Host;

/// <summary>Attaches a host to a device over gRPC.</summary>
public static class HostConnector
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link");
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    private const int MostRefusals = 3;

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
        var next = TimeSpan.FromSeconds(1);
        var pause = FirstPause;
        var last = "it accepted the connection but said nothing";
        var nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(ReplayOptions.TokenSize));
        var (isLost, refusals) = (false, 0);
        while (true)
        {
            try
            {
                return await AttachAsync(uri, options, nonce, deadline.Token).ConfigureAwait(false);
            }
            catch (LinkRefusedException e) when (isLost && e.Message.Contains($"'{options.HostName}'", StringComparison.Ordinal))
            {
                // A device older than the nonce, which has not noticed that the connection before is lost.
                last = e.Message;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                last = Cause(e);
                isLost |= e.Status.DebugException is not null;
                StopIfRefused(e);
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
                isLost = true;
                StopIfRefused(e);
            }
            if (Stopwatch.GetElapsedTime(started) + pause > options.Wait) throw NobodyThere();
            // Once a second would fill the log of a driver that is started long before its card.
            if (Stopwatch.GetElapsedTime(started) >= next)
            {
                Log.Info("Waiting for a device at {0} ({1})", uri, last);
                next *= 2;
            }
            await Task.Delay(pause, cancellation).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }

        // Trying again cannot help. A device that refuses this side's certificate does so when TLS has come about, and cannot say it: the connection
        // ends before it is of any use. Once, that may have been something else.
        void StopIfRefused(RpcException e)
        {
            if (uri.Scheme != LinkScheme.Https) return;
            var causes = CausesOf(e).ToList();
            if (causes.OfType<AuthenticationException>().FirstOrDefault() is { } authentication)
                throw new LinkRefusedException($"The device at {uri} is not trusted, or speaks no TLS: {authentication.Message}");
            if (causes.Count == 0 || causes.OfType<SocketException>().Any(s => s.SocketErrorCode != SocketError.ConnectionReset)) refusals = 0;
            else if (++refusals == MostRefusals)
                throw new LinkRefusedException($"The device at {uri} ends every connection as soon as it is encrypted: it does not trust the "
                    + $"certificate of '{options.Credentials?.Certificate.Subject}'. That must lead to its --client-ca, be valid and for "
                    + "clients; its log says why.");
        }

        TimeoutException NobodyThere() => new(
            $"No device answered at {uri} within {options.Wait.TotalSeconds:0.#} s: {last}. Is an emulator listening there?");
    }

    private static async Task<GrpcHostTransport> AttachAsync(
        LinkUri uri, ConnectOptions options, ByteString nonce, CancellationToken cancellation)
    {
        var pool = options.Pool ?? new FramePool();
        var said = HelloOf(uri, options, null, nonce);
        var attached = await GreetAsync(new AttachCall(uri, options, pool), uri, said, cancellation).ConfigureAwait(false);
        var hello = attached.Hello;
        var replay = hello.Capabilities.Contains(ReplayOptions.Capability)
            ? new ReplayOptions(Shorter(options.GracePeriod, TimeSpan.FromMilliseconds(hello.GracePeriodMs)), hello.Token.Memory)
            : null;
        var heartbeat = hello.Capabilities.Contains(HeartbeatOptions.Capability)
            ? new HeartbeatOptions(options.KeepAlive, TimeSpan.FromMilliseconds(hello.KeepAliveMs))
            : null;
        var features = new SessionFeatures(replay, heartbeat, uri.Scheme == LinkScheme.Shm ? OpenMemory(attached, uri) : null,
            hello.Capabilities.Contains(SessionFeatures.InterruptLineCapability), hello.Version.Minor >= HelloRules.PulsesSince);
        return new GrpcHostTransport(attached, pool, features, options.Time, new HostReattachment(uri, options, pool));
    }

    private static SharedMemory OpenMemory(AttachCall attached, LinkUri uri)
    {
        try
        {
            if (!attached.Hello.Capabilities.Contains(SharedMemory.Capability))
                throw new LinkRefusedException($"The device at {uri} shares no memory. Attach over unix:{uri.Path} instead.");
            var file = attached.Hello.SharedMemory;
            return SharedMemory.Open(file.Path, file.Key.Span);
        }
        catch (Exception e)
        {
            attached.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new LinkRefusedException($"The memory that the device at {uri} shares cannot be opened: {PrintableText.Of(e.Message, 1000)}");
            throw;
        }
    }

    internal static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>Says hello on a call that has been opened. If it fails, the call has been put away.</summary>
    /// <exception cref="LinkRefusedException">The device would not, or answered what it may not.</exception>
    internal static async Task<AttachCall> GreetAsync(
        AttachCall call, LinkUri uri, HostHello hello, CancellationToken cancellation)
    {
        try
        {
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

    /// <param name="resume">Which session to go on with; null for a new one.</param>
    /// <param name="nonce">By which a device knows a new host again; empty where a session is to be resumed.</param>
    internal static HostHello HelloOf(LinkUri uri, ConnectOptions options, Resume? resume, ByteString nonce)
    {
        var hello = new HostHello
        {
            Version = new ProtocolVersion { Major = HelloRules.Major, Minor = HelloRules.Minor },
            HostName = options.HostName,
            ClockMode = (ClockMode)options.Pacing,
            LatencyNs = options.Pacing == Pacing.FreeRunning ? (ulong)options.Latency.Nanoseconds : 0,
            Resume = resume,
            Nonce = nonce,
            KeepAliveMs = (uint)options.KeepAlive.TotalMilliseconds,
        };
        hello.Capabilities.Add(HeartbeatOptions.Capability);
        if (options.InterruptLine) hello.Capabilities.Add(SessionFeatures.InterruptLineCapability);
        if (uri.Scheme == LinkScheme.Shm) hello.Capabilities.Add(SharedMemory.Capability);
        if (options.GracePeriod > TimeSpan.Zero) hello.Capabilities.Add(ReplayOptions.Capability);
        return hello;
    }

    private static IEnumerable<Exception> CausesOf(RpcException e)
    {
        for (var cause = e.Status.DebugException; cause is not null; cause = cause.InnerException) yield return cause;
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
        if (uri.IsForeign)
            throw new LinkRefusedException($"{uri} is a device of others, which the host's process attaches for itself: it has no control "
                + "service, so no faults, statistics or registers by name.");
        var handler = new SocketsHttpHandler
        {
            // A frame may be as large as this and should not have to wait for the window to open again.
            InitialHttp2StreamWindowSize = 16 << 20,
            // For a device that knows no heartbeat, and until its hello has come. Where one is in force, there is never a silence to ask in, or the
            // call is silent and need not be asked.
            KeepAlivePingDelay = keepAlive == Timeout.InfiniteTimeSpan || keepAlive > ShortestPingDelay ? keepAlive : ShortestPingDelay,
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
            handler.SslOptions.ClientCertificateContext =
                SslStreamCertificateContext.Create(credentials.Certificate, credentials.Chain, offline: true);
            // The name is checked too, which only the system does.
            handler.SslOptions.CertificateChainPolicy = credentials.ChainPolicy(TlsCredentials.ForServers);
            if (credentials.Revoked.Count > 0)
                handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => errors == SslPolicyErrors.None
                    && credentials.WhyNotTrusted(certificate as X509Certificate2, chain?.ChainPolicy.ExtraStore, TlsCredentials.ForServers) is null;
        }
        return GrpcChannel.ForAddress(uri.IsSocketFile ? "http://localhost" : uri.ToString(), new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = FrameCodec.MaxMessageSize,
            MaxSendMessageSize = FrameCodec.MaxMessageSize,
        });
    }
}
