using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Pcie.Link.Grpc.Carriers;

/// <summary>A host's connection as the system has it, beneath HTTP/2 and TLS; what happens on it goes to a <see cref="Carrier"/> too.</summary>
/// <remarks>Reading and writing allocate nothing in steady state.</remarks>
internal sealed class CarrierStream : Stream
{
    private readonly NetworkStream connection;
    private readonly Carrier carrier;

    private CarrierStream(Socket socket, Carrier carrier) => (connection, this.carrier) = (new NetworkStream(socket, ownsSocket: true), carrier);

    /// <summary>Connects to where a link is.</summary>
    public static async ValueTask<Stream> ConnectAsync(LinkUri uri, Carrier carrier, CancellationToken cancellation)
    {
        var unix = uri.IsSocketFile;
        var socket = unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            EndPoint end = unix ? new UnixDomainSocketEndPoint(uri.Path) : new DnsEndPoint(uri.Host, uri.Port);
            await socket.ConnectAsync(end, cancellation).ConfigureAwait(false);
            return new CarrierStream(socket, carrier);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = 0;
        try
        {
            count = await connection.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
            return count;
        }
        finally
        {
            // TLS waits for bytes with an empty buffer.
            if (count > 0) carrier.Hear();
            else if (buffer.Length > 0) carrier.Lose();
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await connection.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            carrier.Lose();
            throw;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => connection.Read(buffer, offset, count);

    public override void Write(byte[] buffer, int offset, int count) => connection.Write(buffer, offset, count);

    public override void Flush()
    {
        // A socket keeps nothing back.
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) connection.Dispose();
        carrier.Lose();
        base.Dispose(disposing);
    }
}
