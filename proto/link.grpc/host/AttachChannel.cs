using Grpc.Net.Client;
using Pcie.Link.Grpc.Carriers;

namespace Pcie.Link.Grpc.Host;

/// <summary>What one Attach call needs to connect; until it does, nobody is spoken to.</summary>
internal sealed class AttachChannel : IDisposable
{
    private readonly LinkUri uri;
    private readonly CancellationTokenSource closing = new();
    private Task<Stream>? connecting;

    /// <exception cref="LinkRefusedException">There is no way to connect there.</exception>
    public AttachChannel(LinkUri uri, ConnectOptions options)
    {
        this.uri = uri;
        Channel = HostConnector.OpenChannel(uri, options.KeepAlive, options.Credentials, ConnectAsync);
    }

    public GrpcChannel Channel { get; }

    /// <summary>Of the connection to be.</summary>
    public Carrier Carrier { get; } = new();

    /// <summary>Begins to connect at once, while HTTP/2 and gRPC still prepare themselves.</summary>
    public void Connect() => connecting = CarrierStream.ConnectAsync(uri, Carrier, closing.Token).AsTask();

    private ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation) =>
        Interlocked.Exchange(ref connecting, null) is { } begun
            ? new ValueTask<Stream>(begun.WaitAsync(cancellation))
            : CarrierStream.ConnectAsync(uri, Carrier, cancellation);

    public void Dispose()
    {
        closing.Cancel();
        Channel.Dispose();
        // It came about, and nobody wanted it any more.
        if (Interlocked.Exchange(ref connecting, null) is { IsCompletedSuccessfully: true, Result: var unused }) unused.Dispose();
    }
}
