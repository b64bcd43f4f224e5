using Grpc.Core;
using Grpc.Net.Client;
using Pcie.Files;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Wire;

namespace Pcie.Link.Grpc.Host;

/// <summary>An Attach call as the host has it, with a connection that nothing else uses.</summary>
internal sealed class AttachCall : IDisposable
{
    private readonly Func<Carrier, CancellationToken, ValueTask<Stream>> connect;
    private readonly CancellationTokenSource closing = new();
    private readonly Carrier carrier = new();
    private readonly GrpcChannel channel;
    private readonly AsyncDuplexStreamingCall<ILinkMessage, ILinkMessage> call;
    private Task<Stream>? connecting;

    /// <summary>Begins to connect, while HTTP/2 and gRPC still prepare themselves, and does not wait for it.</summary>
    /// <exception cref="LinkRefusedException">There is no way to connect there.</exception>
    public AttachCall(LinkUri uri, ConnectOptions options, FramePool pool)
        : this(uri, options, pool, (carrier, cancellation) => CarrierStream.ConnectAsync(uri, carrier, cancellation))
    {
    }

    /// <param name="connect">Makes the connection, whose end the carrier is told.</param>
    internal AttachCall(LinkUri uri, ConnectOptions options, FramePool pool, Func<Carrier, CancellationToken, ValueTask<Stream>> connect)
    {
        this.connect = connect;
        // On one machine the end of a process is the end of its connections; that it is stopped, the memory tells.
        var keepAlive = uri.Scheme == LinkScheme.Shm ? Timeout.InfiniteTimeSpan : options.KeepAlive;
        channel = HostConnector.OpenChannel(uri, keepAlive, options.Credentials, TakeConnectionAsync);
        connecting = connect(carrier, closing.Token).AsTask();
        call = channel.CreateCallInvoker().AsyncDuplexStreamingCall(LinkMethod.Attach(pool), null, default);
        Connection = new LinkConnection(call.ResponseStream, call.RequestStream, call.Dispose, carrier);
    }

    /// <summary>The call, for a transport.</summary>
    public LinkConnection Connection { get; }

    /// <summary>What the host says on it.</summary>
    public IClientStreamWriter<ILinkMessage> Requests => call.RequestStream;

    /// <summary>The device's, once it has answered the host's.</summary>
    public DeviceHello Hello { get; private set; } = new();

    /// <summary>Says the host's hello and waits for the device's.</summary>
    /// <exception cref="LinkRefusedException">The device refused it, or answered what is no hello.</exception>
    public async Task GreetAsync(LinkUri uri, HostHello hello, CancellationToken cancellation)
    {
        try
        {
            await WriteAsync(hello).WaitAsync(cancellation).ConfigureAwait(false);
            Hello = await ReadAsync(cancellation).ConfigureAwait(false);
        }
        catch (RpcException e) when (IsRefusal(e))
        {
            throw new LinkRefusedException($"The device at {uri} refused: {PrintableText.Of(e.Status.Detail, 1000)}");
        }
    }

    // A device that refuses answers with one of these; any other status is gRPC's own, of a connection that did not last.
    private static bool IsRefusal(RpcException e) => e is
    {
        StatusCode: StatusCode.FailedPrecondition or StatusCode.ResourceExhausted or StatusCode.InvalidArgument or StatusCode.Unimplemented,
    };

    private async Task WriteAsync(HostHello hello)
    {
        try
        {
            await call.RequestStream.WriteAsync(new HostMessage { Hello = hello }).ConfigureAwait(false);
        }
        catch (Exception e) when (CallFailure.IsCallOver(e))
        {
            // Reading tells why.
        }
    }

    private async Task<DeviceHello> ReadAsync(CancellationToken cancellation)
    {
        if (!await call.ResponseStream.MoveNext(cancellation).ConfigureAwait(false))
            throw new LinkRefusedException("The device ended the call without a hello.");
        return call.ResponseStream.Current is DeviceMessage { Hello: { } hello }
            ? hello
            : throw new LinkRefusedException(
                $"The device sent {(call.ResponseStream.Current as DeviceMessage)?.MessageCase.ToString() ?? "a frame"} where its hello was due.");
    }

    private async ValueTask<Stream> TakeConnectionAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var begun = Interlocked.Exchange(ref connecting, null) ?? connect(carrier, cancellation).AsTask();
        try
        {
            using var unwanted = CancellationTokenSource.CreateLinkedTokenSource(cancellation, closing.Token);
            return await begun.WaitAsync(unwanted.Token).ConfigureAwait(false);
        }
        catch
        {
            Abandon(begun);
            throw;
        }
    }

    // A connection may come about when nobody wants it any more.
    private static void Abandon(Task<Stream> begun) => begun.ContinueWith(
        static connected =>
        {
            if (connected.IsCompletedSuccessfully) connected.Result.Dispose();
            else _ = connected.Exception;
        },
        CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    public void Dispose()
    {
        call.Dispose();
        closing.Cancel();
        channel.Dispose();
        if (Interlocked.Exchange(ref connecting, null) is { } begun) Abandon(begun);
        closing.Dispose();
    }
}
