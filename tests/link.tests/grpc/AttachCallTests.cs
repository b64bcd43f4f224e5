using Pcie.Link.Grpc.Host;
using Pcie.Time;

namespace Pcie.Link.Tests.Grpc;

public sealed class AttachCallTests
{
    // Whoever connects cannot always be stopped: a socket that nobody closes stays open until the garbage is collected.
    [Fact]
    public async Task AConnectionThatComesAboutAfterItsCallWasGivenUpIsClosed()
    {
        var connecting = new TaskCompletionSource<Stream>();
        var call = new AttachCall(LinkUri.Parse("http://127.0.0.1:9"), new ConnectOptions("test", Pacing.WallClock, new Duration(0)), new FramePool(),
            (_, _) => new ValueTask<Stream>(connecting.Task));
        call.Dispose();

        var connection = new Connection();
        connecting.SetResult(connection);

        await connection.Closed.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
    }

    private sealed class Connection : MemoryStream
    {
        private readonly TaskCompletionSource closed = new();

        public Task Closed => closed.Task;

        protected override void Dispose(bool disposing)
        {
            closed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
