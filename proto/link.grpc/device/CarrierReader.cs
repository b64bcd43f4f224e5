using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Pcie.Link.Grpc.Carriers;

namespace Pcie.Link.Grpc.Device;

/// <summary>What a host's connection brings, beneath HTTP/2 and TLS; that it brings something goes to a <see cref="Carrier"/> too.</summary>
/// <remarks>Reading allocates nothing.</remarks>
public sealed class CarrierReader(PipeReader connection, Carrier carrier) : PipeReader
{
    private static readonly object Key = new();

    /// <summary>Puts one in front of a connection.</summary>
    public static ConnectionContext ListenTo(ConnectionContext connection)
    {
        var carrier = new Carrier();
        connection.Items[Key] = carrier;
        connection.Transport = new Pipes(new CarrierReader(connection.Transport.Input, carrier), connection.Transport.Output);
        return connection;
    }

    /// <summary>The carrier of the connection that a call came over.</summary>
    public static Carrier Of(HttpContext call) => (Carrier)call.Features.Get<IConnectionItemsFeature>()!.Items[Key]!;

    // Whoever has read says how far, and reads again.
    public override void AdvanceTo(SequencePosition consumed)
    {
        carrier.Hear();
        connection.AdvanceTo(consumed);
    }

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        carrier.Hear();
        connection.AdvanceTo(consumed, examined);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => connection.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result) => connection.TryRead(out result);

    public override void CancelPendingRead() => connection.CancelPendingRead();

    public override void Complete(Exception? exception = null) => connection.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => connection.CompleteAsync(exception);

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
