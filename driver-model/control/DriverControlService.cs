using Google.Protobuf;
using Grpc.Core;
using Pcie.Control.Watching;
using Pcie.Control.Wire;

namespace Pcie.DriverModel.Control;

/// <summary>The service DriverControl of driver-control.proto.</summary>
internal sealed class DriverControlService(WatchedRun run) : DriverControl.DriverControlBase, IDisposable
{
    private const int BlockLength = 1 << 20;

    private readonly SnapshotFeed<DriverSnapshot> feed = new(run.TakeSnapshot);

    /// <inheritdoc/>
    public override Task<DriverDescription> Describe(DescribeDriverRequest request, ServerCallContext context) => Task.FromResult(run.Description);

    /// <inheritdoc/>
    public override Task Watch(WatchDriverRequest request, IServerStreamWriter<DriverSnapshot> responseStream, ServerCallContext context) =>
        feed.ServeAsync(responseStream, context.CancellationToken);

    /// <inheritdoc/>
    public override async Task GetFlight(FlightRequest request, IServerStreamWriter<FlightBlock> responseStream, ServerCallContext context)
    {
        var file = run.TakeFlight() ?? throw new RpcException(new Status(StatusCode.FailedPrecondition,
            "There is nothing to hand out: no card is attached yet, or the run waits for it. Ask again later."));
        for (var at = 0; at < file.Length; at += BlockLength)
        {
            var block = new FlightBlock { Bytes = UnsafeByteOperations.UnsafeWrap(file.AsMemory(at, Math.Min(BlockLength, file.Length - at))) };
            await responseStream.WriteAsync(block, context.CancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Sends those who follow a last snapshot, and ends their calls.</summary>
    public void Dispose() => feed.Dispose();
}
