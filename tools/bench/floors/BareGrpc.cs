using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Pcie.Bench.Links;
using Pcie.Bench.Table;

namespace Pcie.Bench.Floors;

/// <summary>A bidirectional stream of .NET's gRPC whose messages are bytes and nothing else, each read into a buffer that is used again.</summary>
internal sealed class BareGrpc : IDisposable
{
    private const int RoundTrips = 2000, MaxMessage = 2 << 20;

    private readonly WebApplication server;
    private readonly GrpcChannel channel;

    private BareGrpc(WebApplication server, GrpcChannel channel) => (this.server, this.channel) = (server, channel);

    /// <param name="medium">"tcp", "tls" or "unix".</param>
    public static BareGrpc Start(string medium)
    {
        var unix = medium == "unix";
        var tls = medium == "tls" ? Certificates.Create() : null;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = MaxMessage);
        builder.WebHost.UseKestrelCore();
        var path = Path.Combine(Path.GetTempPath(), $"bench-{Guid.NewGuid():N}");
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MaxResponseBufferSize = 1 << 20;
            kestrel.Limits.Http2.InitialConnectionWindowSize = kestrel.Limits.Http2.InitialStreamWindowSize = 16 << 20;
            if (unix) kestrel.ListenUnixSocket(path, Http2);
            else kestrel.Listen(IPAddress.Loopback, 0, Http2);
        });
        var server = builder.Build();
        server.MapGrpcService(ServerServiceDefinition.CreateBuilder().AddMethod(Method(), ServeAsync).Build());
        server.StartAsync().Wait();
        var handler = new SocketsHttpHandler { InitialHttp2StreamWindowSize = 16 << 20 };
        // Whose certificate it is costs nothing once the connection is there.
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null;
        if (unix)
            handler.ConnectCallback = async (_, cancellation) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            };
        var address = unix ? "http://localhost" : server.Urls.First();
        var options = new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = MaxMessage };
        return new BareGrpc(server, GrpcChannel.ForAddress(address, options));

        void Http2(ListenOptions listen)
        {
            listen.Protocols = HttpProtocols.Http2;
            if (tls is not null) listen.UseHttps(new HttpsConnectionAdapterOptions { ServerCertificate = tls.Certificate });
        }
    }

    /// <summary>64 bytes there and back (µs).</summary>
    public Reading PingPong()
    {
        var latencies = new double[RoundTrips];
        RunAsync().GetAwaiter().GetResult();
        return Reading.Of(latencies);

        async Task RunAsync()
        {
            using var call = Call();
            var message = new byte[64];
            for (var i = -RoundTrips / 4; i < RoundTrips; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await call.RequestStream.WriteAsync(message).ConfigureAwait(false);
                await call.ResponseStream.MoveNext(default).ConfigureAwait(false);
                if (i >= 0) latencies[i] = Reading.MicrosecondsSince(start);
            }
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>64 bytes there and back, by a thread of its own that waits for each answer, as whoever reads a register does (µs).</summary>
    public Reading PingPongOfAThread()
    {
        var latencies = new double[RoundTrips];
        var measuring = new Thread(() =>
        {
            using var call = Call();
            var message = new byte[64];
            for (var i = -RoundTrips / 4; i < RoundTrips; i++)
            {
                var start = Stopwatch.GetTimestamp();
                call.RequestStream.WriteAsync(message).GetAwaiter().GetResult();
                call.ResponseStream.MoveNext(default).GetAwaiter().GetResult();
                if (i >= 0) latencies[i] = Reading.MicrosecondsSince(start);
            }
            call.RequestStream.CompleteAsync().GetAwaiter().GetResult();
        }) { Name = "waits for answers" };
        measuring.Start();
        measuring.Join();
        return Reading.Of(latencies);
    }

    /// <summary>One way, in messages of this size (GB/s).</summary>
    public Reading Stream(int size, long bytes)
    {
        return RunAsync().GetAwaiter().GetResult();

        async Task<Reading> RunAsync()
        {
            using var call = Call();
            // The first eight bytes ask for as many messages of as many bytes.
            var request = new byte[8];
            BitConverter.TryWriteBytes(request, size);
            BitConverter.TryWriteBytes(request.AsSpan(4), (int)(bytes / size) + 1);
            await call.RequestStream.WriteAsync(request).ConfigureAwait(false);
            await call.ResponseStream.MoveNext(default).ConfigureAwait(false);
            var start = Stopwatch.GetTimestamp();
            var got = 0L;
            for (; got < bytes / size * size && await call.ResponseStream.MoveNext(default).ConfigureAwait(false); got += size)
            {
                // The message is in the buffer by now.
            }
            return new Reading(got / Stopwatch.GetElapsedTime(start).TotalNanoseconds);
        }
    }

    private AsyncDuplexStreamingCall<byte[], byte[]> Call() => channel.CreateCallInvoker().AsyncDuplexStreamingCall(Method(), null, default);

    private static Method<byte[], byte[]> Method()
    {
        byte[] requests = new byte[64], responses = new byte[MaxMessage];
        return new Method<byte[], byte[]>(MethodType.DuplexStreaming, "bench.Bare", "Stream",
            new Marshaller<byte[]>(Write, context => Read(context, requests)), new Marshaller<byte[]>(Write, context => Read(context, responses)));

        static void Write(byte[] message, SerializationContext context)
        {
            context.SetPayloadLength(message.Length);
            context.GetBufferWriter().Write(message);
            context.Complete();
        }

        static byte[] Read(DeserializationContext context, byte[] buffer)
        {
            context.PayloadAsReadOnlySequence().CopyTo(buffer);
            return buffer;
        }
    }

    // Answers 64 bytes with as many; a request of eight bytes with a stream.
    private static async Task ServeAsync(IAsyncStreamReader<byte[]> requests, IServerStreamWriter<byte[]> responses, ServerCallContext context)
    {
        var answer = new byte[64];
        while (await requests.MoveNext(context.CancellationToken).ConfigureAwait(false))
        {
            var size = BitConverter.ToInt32(requests.Current);
            if (size == 0)
            {
                await responses.WriteAsync(answer).ConfigureAwait(false);
                continue;
            }
            var block = new byte[size];
            for (var left = BitConverter.ToInt32(requests.Current, 4); left > 0; left--) await responses.WriteAsync(block).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        channel.Dispose();
        server.DisposeAsync().AsTask().Wait();
    }
}
