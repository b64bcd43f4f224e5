using CsCheck;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.DriverModel.Study;
using Pcie.Emu.Running;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>
/// Several cards under one host:
/// <code>
/// card  ═ in this process, shared memory, gRPC ═╗
/// card2 ═ another of them                      ═╬═ one host: one timeline, one set of processors
/// </code>
/// </summary>
public sealed class SeveralCardsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task ARandomScenarioOfOneToFourCardsDoesTheSameWhicheverLinkEachCardIsOn()
    {
        var card = Gen.Select(Gen.Int[0, 2].Select(kind => kind == 0 ? "edu" : "daq"), Gen.Int[1, 9], Gen.Int[0, 1],
            Gen.Int[0, 2].Select(importance => new[] { "low", "medium", "high" }[importance]));
        await Gen.Select(card.Array[1, 4], Gen.UInt, Gen.Int[0, 1]).SampleAsync(async (cards, seed, turn) =>
        {
            var file = () => ScenarioFile.Parse(TextOf(cards, seed), "random.toml");
            var host = HostScenario.Read(file());
            await using var served = new ServedCards();
            for (var i = 0; i < cards.Length; i++)
                await served.AddAsync(file(), host, (turn + i) % 2 == 0 ? $"shm:{folder[Path.GetRandomFileName()]}" : "http://127.0.0.1:0");

            var apart = served.Run(host);
            var together = new InProcessRun(new RunRequest("random.toml", LinkKind.Inproc), file()).Execute(Cancelled);

            Assert.Empty(together.Expect.Failures);
            Assert.Equal((together.Digest, together.Events, together.RoundTrips), (apart.Digest, apart.Events, apart.RoundTrips));
        }, iter: 6, threads: 1);
    }

    [Fact]
    public void TheSecondCardsDpcIsNamedAsTheCauseOfTheFirstsLoss()
    {
        var run = new InProcessRun(new RunRequest(ShippedScenarios.PathOf("second-card"), LinkKind.Inproc) { Explains = true });
        var report = run.Execute(Cancelled);

        Assert.True(report.Expect.Passed, string.Join('\n', report.Expect.Failures));
        Assert.Contains("veto daq message 0, already running when the interrupt came", ExplainedRun.ToText(report, run.Flight!),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("driver.2.interrupt-processor=1", 0)]
    [InlineData("driver.2.drain=one", 0)]
    [InlineData("driver.dpc-importance=high", 1)]
    public void AnotherProcessorOrAShorterDpcOfTheSecondCardCuresThatAndImportanceDoesNot(string change, int atLeast)
    {
        var report = (DaqReport)new InProcessRun(new RunRequest(ShippedScenarios.PathOf("second-card"), LinkKind.Inproc)
        {
            Changes = [ScenarioChange.Parse(change)],
        }).Execute(Cancelled);

        Assert.InRange(report.Chunks.Overwritten, atLeast, atLeast * 1000);
        Assert.True(report.Cards[0].Report.Accounted);
    }

    [Fact]
    public void CardsOfAnyKindStandBesideEachOther()
    {
        var text = """
            [run]
            duration = "100ms"
            [[card]]
            [[card]]
            kind = "edu"
            name = "adder"
            [[card]]
            kind = "nvme"
            [[driver]]
            [[driver]]
            kind = "edu"
            [[driver]]
            kind = "nvme"
            [expect]
            "chunks.delivered" = ">= 95"
            "cards.adder.driver.factorials" = ">= 100"
            "cards.adder.driver.wrong" = "== 0"
            "cards.card3.host.messages_granted" = ">= 1"
            """;

        var report = new InProcessRun(new RunRequest("mixed.toml", LinkKind.Inproc), ScenarioFile.Parse(text, "mixed.toml")).Execute(Cancelled);

        Assert.True(report.Expect.Passed, string.Join('\n', report.Expect.Failures));
        Assert.Equal([("adder", typeof(PlainReport)), ("card3", typeof(PlainReport))],
            report.Cards.Select(card => (card.Name, card.Report.GetType())));
        Assert.Equal(report.ToJsonText(), RunReport.FromJson(report.ToJsonText(), typeof(DaqReport), typeof(PlainReport), typeof(PlainReport))
            .ToJsonText());
    }

    [Fact]
    public void EachCardsDataAndTraceGoToAFileOfItsOwn()
    {
        var file = folder.Write("two.toml", "[run]\nduration = \"20ms\"\n[[card]]\n[[card]]\n[card.source]\nchunk = 64\n");
        var request = new RunRequest(file, LinkKind.Inproc)
        {
            OutputFile = folder["data.bin"], TraceFile = folder["trace.csv"], RecordFile = folder["session.tlps"],
        };

        new InProcessRun(request).Execute(Cancelled);

        Assert.Equal((19 * 4096, 19 * 64), (new FileInfo(folder["data.bin"]).Length, new FileInfo(folder["data.card2.bin"]).Length));
        Assert.Contains("ChunkArrived", File.ReadAllText(folder["trace.card2.csv"]), StringComparison.Ordinal);
        Assert.True(File.Exists(folder["session.card2.tlps"]));
    }

    [Fact]
    public async Task WithoutOneOfTwoCardsTheRunGoesOnAndTheOthersAccountIsExact()
    {
        var file = folder.Write("two.toml", "[run]\nduration = \"2h\"\n[[card]]\n[[card]]\nname = \"spare\"\n");
        using var first = await RunningEmulator.StartAsync("--scenario", file, "--log-level", "off");
        using var second = await RunningEmulator.StartAsync("--scenario", file, "--slot", "2", "--log-level", "off");
        using var driver = RunningProgram.Start("driver-model", "--card", first.Uri, "--card", second.Uri, "--scenario", file, "--duration", "8s",
            "--grace-period", "0.5", "--json", "--exit-with-stdin");
        await driver.LogsAsync($"Attached to 'spare' at {second.Uri}");
        second.Program.Kill();

        Assert.Equal(ExitStatus.Unexpected, await driver.ExitAsync());
        var report = (DaqReport)RunReport.FromJson(driver.Output, typeof(DaqReport), typeof(DaqReport));
        Assert.Equal((RunOutcome.Completed, true, 8_000_000_000), (report.Outcome, report.Accounted, report.SimulatedNs));
        var (name, lost) = Assert.Single(report.Cards);
        Assert.Equal(("spare", RunOutcome.DeviceRemoved), (name, lost.Outcome));
        Assert.Contains($"spare: {lost.Failure}", report.Expect.Failures);
        Assert.Equal("", report.Digest);
    }

    [Fact]
    public async Task TwoCardsAtOnePlaceAreRefused()
    {
        var result = await RunningProgram.RunAsync("driver-model", "--card", "http://127.0.0.1:5000", "--card", "http://127.0.0.1:5000");
        Assert.Equal(ExitStatus.Refused, result.Status);
        Assert.Contains("--card http://127.0.0.1:5000 is given twice; each card is at a place of its own.", result.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneCardLessThanTheScenarioHasIsRefused()
    {
        var result = await RunningProgram.RunAsync("driver-model", "--scenario", folder.Write("two.toml", "[[card]]\n[[card]]\n"));
        Assert.Equal(ExitStatus.Refused, result.Status);
        Assert.Contains("The scenario is of 2 cards, and 1 are given; expected a --card for each.", result.Errors, StringComparison.Ordinal);
    }

    private static string TextOf((string Kind, int Period, int Processor, string Importance)[] cards, uint seed) => $"""
        [run]
        duration = "40ms"
        seed = {seed}
        [host]
        processors = 2
        [[host.interference]]
        name = "other"
        interval = "3ms"
        isr = "5us"
        dpc = "200us"

        """ + string.Concat(cards.Select(card => card.Kind == "edu" ? "[[card]]\nkind = \"edu\"\n"
            : $"[[card]]\n[card.source]\nperiod = \"{card.Period}ms\"\njitter = {{ uniform = [\"0ms\", \"1ms\"] }}\n"))
        + string.Concat(cards.Select(card => $"[[driver]]\nkind = \"{card.Kind}\"\ninterrupt-processor = {card.Processor}\n"
            + $"dpc-importance = \"{card.Importance}\"\n" + (card.Kind == "edu" ? "period = \"4ms\"\ndma-bytes = 64\n" : "")));
}
