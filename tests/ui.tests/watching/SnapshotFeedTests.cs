using Grpc.Core;
using Grpc.Net.Client;
using Pcie.Control.Watching;
using Pcie.Control.Wire;
using Pcie.DriverModel.Report;

namespace Pcie.Ui.Tests.Watching;

/// <summary>A thousand who follow one card.</summary>
public sealed class SnapshotFeedTests
{
    private const int Many = 1000;

    [Fact]
    public async Task AsManyFollowAsMayAndTheOthersAreToldWhyNotAndTheCardGoesOn()
    {
        await using var served = new ServedCard();
        await served.InitializeAsync();
        using var channel = GrpcChannel.ForAddress(served.Uri, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true },
        });
        var card = new CardControl.CardControlClient(channel);
        var calls = new List<AsyncServerStreamingCall<CardSnapshot>>();
        var (admitted, refused) = (0, 0);
        for (var i = 0; i < Many; i++)
        {
            var call = card.Watch(new WatchRequest(), cancellationToken: TestContext.Current.CancellationToken);
            calls.Add(call);
            try
            {
                Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
                admitted++;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
            {
                Assert.Equal($"{SnapshotFeed<CardSnapshot>.MaxFollowers} follow already, and no more can: close a page, or look at one that is open.",
                    e.Status.Detail);
                refused++;
            }
        }

        Assert.Equal((SnapshotFeed<CardSnapshot>.MaxFollowers, Many - admitted), (admitted, refused));
        Assert.Equal(RunOutcome.Completed, (await served.DriveAsync("", "100ms", TestContext.Current.CancellationToken)).Outcome);
        foreach (var call in calls) call.Dispose();
    }
}
