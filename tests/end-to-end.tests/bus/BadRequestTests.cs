using Pcie.Control.Wire;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Bus;

/// <summary>What a bus answers to requests that are wrong; and that the card is as well afterwards as before.</summary>
public sealed class BadRequestTests
{
    private const uint BarSize = 0x1000;
    private const uint DaqId = 0x4441_5131;

    [Fact]
    public void ABadRequestGetsTheAnswerOfTheBusIsCountedAndLeavesTheCardAsItWas()
    {
        var deviceEnd = new DirectTransport();
        using var card = new EmulatedCard(
            CardDesign.Daq(new DaqCardOptions()), deviceEnd, new LinkSessionOptions(Pacing.FreeRunning, ModelledHost.Latency),
                Duration.FromMilliseconds(50));
        var hostEnd = deviceEnd.CreateHostEnd(card.Session.ServePending);

        MistreatAndCheck(new ModelledHost(hostEnd));

        Check(card.Statistics.ToDictionary(count => count.Key, count => (long)count.Value));
    }

    [Fact]
    public async Task ABadRequestIsAnsweredAlikeByAnEmulatorInAnotherProcess()
    {
        using var emulator = await RunningEmulator.StartAsync("--once");
        var uri = LinkUri.Parse(emulator.Uri);
        using (var transport = await HostConnector.ConnectAsync(
            uri, new ConnectOptions("test", Pacing.FreeRunning, ModelledHost.Latency), TestContext.Current.CancellationToken))
        {
            MistreatAndCheck(new ModelledHost(transport));
            using var channel = HostConnector.OpenChannel(uri, TimeSpan.FromMinutes(1));
            var statistics = await new CardControl.CardControlClient(channel).GetStatisticsAsync(
                new StatisticsRequest(), cancellationToken: TestContext.Current.CancellationToken);
            Check(statistics.Counters.ToDictionary(count => count.Key, count => (long)count.Value));
        }
        Assert.Equal(0, await emulator.Program.ExitAsync());
    }

    private static void MistreatAndCheck(ModelledHost host)
    {
        // Memory Space is off after power-on: nobody decodes the BAR's addresses either.
        Assert.Equal(uint.MaxValue, host.Read(ModelledHost.Bar0));
        host.Enable();
        Assert.Equal(DaqId, host.Read(ModelledHost.Bar0));

        Assert.Equal(uint.MaxValue, host.Read(ModelledHost.Bar0 + BarSize));
        Assert.Equal(0xFFu, host.Read(ModelledHost.Bar0 - 1, width: 1));
        // Not at 0: there the BAR lies that this host has not placed, and decodes, as on silicon.
        Assert.Equal(ulong.MaxValue, host.Read(0x4000_0000, width: 8));
        Assert.Equal(RequestOutcome.UnsupportedRequest, host.Request(Read(ModelledHost.Bar0 + 0x1_0000_0000, 4)));
        host.Post(Write(ModelledHost.Bar0 + BarSize, 4), [1, 2, 3, 4]);

        Assert.Equal(RequestOutcome.UnsupportedRequest, host.Request(Read(ModelledHost.Bar0 + BarSize - 4, 8)));
        Assert.Equal(RequestOutcome.UnsupportedRequest, host.Request(Read(ModelledHost.Bar0 + BarSize - 1, 2)));
        host.Post(Write(ModelledHost.Bar0 + BarSize - 4, 8), [1, 2, 3, 4, 5, 6, 7, 8]);

        Assert.Equal(RequestOutcome.CompleterAbort, host.Request(Read(ModelledHost.Bar0, 64)));

        Assert.Equal(DaqId, host.Read(ModelledHost.Bar0));
        host.Post(Write(ModelledHost.Bar0 + CardRegister.At("SCRATCH"), 4), [0x78, 0x56, 0x34, 0x12]);
        Assert.Equal(0x1234_5678u, host.Read(ModelledHost.Bar0 + CardRegister.At("SCRATCH")));
        // Those that a processor made, and read as all-ones.
        Assert.Equal(4, host.Root.Counters.FailedReads);
        Assert.Equal(0, host.Root.Requester.UnexpectedCompletions + host.Root.Requester.TimedOut);
        Assert.Null(host.Down);
    }

    private static void Check(Dictionary<string, long> counters)
    {
        Assert.Equal(6, counters["function.undecoded"]);
        Assert.Equal(3, counters["function.across-bar-end"]);
        Assert.Equal(1, counters["function.too-long"]);
        Assert.Equal(0, counters["function.malformed"]);
        Assert.Equal(0, counters["registers.unmapped-writes"]);
    }

    private static Tlp Read(ulong address, int count) => Tlp.Request(TlpKind.MemoryRead, address, count);

    private static Tlp Write(ulong address, int count) => Tlp.Request(TlpKind.MemoryWrite, address, count);
}
