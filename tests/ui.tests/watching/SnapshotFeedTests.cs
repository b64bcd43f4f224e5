using Grpc.Core;
using Grpc.Net.Client;
using Pcie.Control.Watching;
using Pcie.Control.Wire;
using Pcie.Fixtures.Programs;

namespace Pcie.Ui.Tests.Watching;

/// <summary>A thousand who follow one card.</summary>
public sealed class SnapshotFeedTests(CardPageTests.Served served) : IClassFixture<CardPageTests.Served>
{
    private const int Many = 1000;

    [Fact]
    public async Task AsManyFollowAsMayAndTheOthersAreToldWhyNotAndTheCardGoesOn()
    {
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

        // The page of this fixture follows as well.
        Assert.Equal((SnapshotFeed<CardSnapshot>.MaxFollowers - 1, Many - admitted), (admitted, refused));
        var driven = await RunningProgram.RunAsync("driver-model", "--card", served.Uri, "--duration", "100ms");
        Assert.Equal(0, driven.Status);
        foreach (var call in calls) call.Dispose();
    }
}
