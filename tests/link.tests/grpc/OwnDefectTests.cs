using Grpc.Core;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Device;
using Pcie.Pci;

namespace Pcie.Link.Tests.Grpc;

/// <summary>
/// What is no lost connection is a defect of ours, and ends the session rather than leave both sides waiting for one another:
/// <code>
/// test ── GrpcDeviceTransport ── a call that fails as the test says
/// </code>
/// </summary>
public sealed class OwnDefectTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private readonly GrpcDeviceTransport transport = new(
        1, new FramePool(), new SessionFeatures(new ReplayOptions(TimeSpan.FromDays(1), new byte[16])), TimeProvider.System);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ADefectInWritingEndsTheSessionAndSaysSo()
    {
        var serving = ServeAsync(new Requests(), new Responses(new NotSupportedException("not written")));
        transport.Send(transport.Pool.Rent());

        await serving.WaitAsync(Long, Cancelled);

        AssertFailed("not written");
    }

    // InvalidOperationException is also what gRPC says of a call that is over; this one does not come from a call.
    [Fact]
    public async Task ADefectInReadingEndsTheSessionAndSaysSo()
    {
        var requests = new Requests { Message = () => throw new InvalidOperationException("not read") };
        requests.Come();

        await ServeAsync(requests, new Responses(null)).WaitAsync(Long, Cancelled);

        AssertFailed("not read");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AfterACallThatIsOverTheHostMayComeBack(bool inWriting)
    {
        var over = new InvalidOperationException("Can't write the message because the call is complete.");
        var requests = new Requests();
        var serving = ServeAsync(requests, new Responses(inWriting ? over : null));
        if (inWriting) transport.Send(transport.Pool.Rent());
        else requests.End(over);

        await serving.WaitAsync(Long, Cancelled);

        Assert.Equal((null, false), (transport.Down, transport.IsConnected));
    }

    public void Dispose() => transport.Dispose();

    private void AssertFailed(string why)
    {
        Assert.Equal(LinkDownReason.PeerGone, transport.Down?.Reason);
        Assert.Contains(why, transport.Down!.Message, StringComparison.Ordinal);
    }

    private Task ServeAsync(Requests requests, Responses responses)
    {
        var connection = new LinkConnection(requests, responses, () => requests.End(new IOException("aborted")), new Carrier());
        return transport.ServeAsync(connection, null, _ => Task.CompletedTask, Cancelled);
    }

    private sealed class Requests : IAsyncStreamReader<ILinkMessage>
    {
        private readonly TaskCompletionSource<bool> next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Func<ILinkMessage> Message { get; init; } = () => new Frame();

        public ILinkMessage Current => Message();

        public void Come() => next.TrySetResult(true);

        public void End(Exception e) => next.TrySetException(e);

        public Task<bool> MoveNext(CancellationToken cancellationToken) => next.Task.WaitAsync(cancellationToken);
    }

    private sealed class Responses(Exception? failure) : IAsyncStreamWriter<ILinkMessage>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(ILinkMessage message) => failure is null ? Task.CompletedTask : Task.FromException(failure);
    }
}
