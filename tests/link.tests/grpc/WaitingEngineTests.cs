using Grpc.Core;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Device;

namespace Pcie.Link.Tests.Grpc;

/// <summary>
/// An engine sleeps while frames are taken where they arrive, and answered from there: to wake it for each of them took a register read over gRPC
/// several calls of the system.
/// </summary>
public sealed class WaitingEngineTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnEngineThatWaitsSleepsOnWhileOthersSend()
    {
        using var transport = new GrpcDeviceTransport(1, new FramePool(), new SessionFeatures(), TimeProvider.System);
        var connection = new LinkConnection(new Silence(), new Written(), () => { }, new Carrier());
        _ = transport.ServeAsync(connection, null, _ => Task.CompletedTask, Cancelled);
        var engine = Task.Factory.StartNew(
            () => transport.Receive(Long, transport.Pool.Return, new Lock()), Cancelled, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        Assert.True(SpinWait.SpinUntil(() => transport.IsWaiting || engine.IsCompleted, Long));

        for (var i = 0; i < 10_000; i++) transport.Post(transport.Pool.Rent());
        transport.Wake();

        Assert.Null(await engine.WaitAsync(Long, Cancelled));
        Assert.Equal(1, transport.Wakings);
    }

    private sealed class Silence : IAsyncStreamReader<ILinkMessage>
    {
        public ILinkMessage Current => throw new InvalidOperationException("Nothing comes.");

        public Task<bool> MoveNext(CancellationToken cancellationToken) => new TaskCompletionSource<bool>().Task.WaitAsync(cancellationToken);
    }

    private sealed class Written : IAsyncStreamWriter<ILinkMessage>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(ILinkMessage message) => Task.CompletedTask;
    }
}
