using System.Text.Json.Nodes;
using Pcie.Emu;
using Pcie.Emu.Running;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu whatif</c> on scenarios whose cure is known.</summary>
public sealed class WhatIfTests
{
    [Theory]
    // A DPC of low importance in a storm: what nobody asks for is asked for.
    [InlineData("dpc-storm-low", "high importance", "driver-setting")]
    [InlineData("coalesced-interrupts-one-per-dpc", "drain: copy all there is", "driver-code")]
    public async Task TheKnownCureLosesNothing(string scenario, string cure, string needs)
    {
        var ran = await EmuInProcess.RunAsync("whatif", scenario, "--json");
        Assert.Equal((0, ""), (ran.Status, ran.Errors));
        var comparison = JsonNode.Parse(ran.Output)!;
        Assert.True((long)comparison["as_it_is"]!["lost"]! > 0);
        var cured = Assert.Single(comparison["changes"]!.AsArray(), change => (string)change!["name"]! == cure)!;
        Assert.Equal((0L, needs), ((long)cured["lost"]!, (string)cured["needs"]!));
        Assert.Equal(2, (int)cured["better"]!);
        Assert.NotNull(comparison["cheapest"]);
    }

    // For who runs it in a script: not as a comparison that came to something.
    [Theory]
    [InlineData("whatif", "late-dpc")]
    [InlineData("run", "late-dpc", "--rare")]
    public async Task AnInterruptHasAStatusOfItsOwn(params string[] arguments)
    {
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();

        Assert.Equal(ExitStatus.Interrupted, await EmuCommand.RunAsync(arguments, stopped.Token));
    }

    [Theory]
    [InlineData(130, ExitStatus.Interrupted)]
    [InlineData(143, ExitStatus.Interrupted)]
    [InlineData(2, ExitStatus.Refused)]
    [InlineData(1, ExitStatus.Defect)]
    [InlineData(134, ExitStatus.Defect)]
    public void AProgramThatASignalHasEndedWasInterrupted(int status, int ended) =>
        Assert.Equal(ended, new ProgramFailedException("driver-model", status).Status);

    [Fact]
    public async Task TheSameIsSaidEachTime()
    {
        string[] arguments =
            ["whatif", "late-dpc", "--duration", "10s", "--precision", "1", "--seeds", "3", "--change", "driver.dpc-importance=high"];
        Assert.Equal((await EmuInProcess.RunAsync(arguments)).Output, (await EmuInProcess.RunAsync(arguments)).Output);
    }

    // What happens once a day is known to a tenth, and the cheapest cure is named with what is certain of it.
    [Fact]
    public async Task OfARareFailureTheRateIsToldAndACureByItsUpperLimit()
    {
        var ran = await EmuInProcess.RunAsync("whatif", "late-dpc", "--duration", "1min", "--precision", "0.05", "--json",
            "--change", "driver.interrupt-processor=2", "--change", "driver.buffering=ring,driver.ring-slots=2");

        Assert.Equal((0, ""), (ran.Status, ran.Errors));
        var comparison = JsonNode.Parse(ran.Output)!;
        var (own, cure) = (comparison["as_it_is"]!["rare"]!, comparison["changes"]!.AsArray().Single(change =>
            (string)change!["name"]! == "driver.interrupt-processor=2")!["rare"]!);
        // 0.98 in months of plain simulation.
        Assert.InRange((double)own["total"]!["per_day"]!, 0.75, 1.25);
        Assert.True((double)own["total"]!["low"]! <= 0.98 && 0.98 <= (double)own["total"]!["high"]!, $"{own["total"]}");
        Assert.InRange((double)own["plain_days"]!, 100, 1_000);
        Assert.Equal("proven", (string)own["rest"]!["basis"]!);
        Assert.Equal((0, true), ((double)cure["total"]!["per_day"]!, (double)cure["total"]!["high"]! < 0.05));
        Assert.Equal("driver.interrupt-processor=2", (string)comparison["cheapest"]!);
    }

    [Fact]
    public async Task WhatCannotBeMadeToOccurOftenIsSimulatedPlainlyAndTheReasonSaid()
    {
        var ran = await EmuInProcess.RunAsync("run", "raised-irql", "--rare", "--duration", "1s");

        Assert.Equal((0, ""), (ran.Status, ran.Errors));
        Assert.Contains("Simulated plainly, 1 s for each seed, since win32k.sys comes at times that the scenario gives (at).", ran.Output,
            StringComparison.Ordinal);
    }

    // One rule of depth: what a run asks for, what what-if tells of depths, and what a run with so many slots loses.
    [Fact]
    public async Task TheSlotsThatARunAsksForAreTheFewestOfWhichNothingIsLost()
    {
        var run = JsonNode.Parse((await EmuInProcess.RunAsync("run", "raised-irql", "--json")).Output)!;
        var slots = run["explanation"]!["overruns"]!.AsArray().Max(overrun => (int)overrun!["slots_that_suffice"]!);
        var comparison = JsonNode.Parse((await EmuInProcess.RunAsync("whatif", "raised-irql", "--plain", "--seeds", "1", "--json",
            "--change", $"driver.buffering=ring,driver.ring-slots={slots}")).Output)!;

        Assert.Equal(0, (long)comparison["changes"]![0]!["lost"]!);
        var depths = comparison["depths"]!.AsArray().Where(depth => (string)depth!["basis"]! == "counted").Select(depth => (int)depth!["slots"]!);
        Assert.Equal(slots - 1, depths.Max());
    }

    // How long such a driver may wait is known to it alone.
    [Fact]
    public async Task OfAnotherDriverItIsSaidThatItIsSimulatedPlainlyAndHasNoMargin()
    {
        var ran = await EmuInProcess.RunAsync("whatif", "nvme", "--seeds", "1", "--change", "driver.dpc-importance=high");

        Assert.Equal((0, ""), (ran.Status, ran.Errors));
        Assert.Contains("how near it came is not known, since only its driver knows how long it may wait", ran.Output, StringComparison.Ordinal);
        Assert.Contains("Simulated plainly, 100 ms for each seed, since only the driver knows what it lost, and when.", ran.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task AChangeThatCannotBeIsListedWithTheReason()
    {
        var text = (await EmuInProcess.RunAsync(
            "whatif", "dpc-storm-low", "--change", "driver.buffering=ring,driver.ring-slots=5000", "--change",
                "driver.dpc-importance=low")).Output;
        Assert.Matches("(?m)^driver.buffering=ring,driver.ring-slots=5000 +not run: the card has 1024 slots at most", text);
        Assert.Matches("(?m)^driver.dpc-importance=low +not run: so it is already", text);
    }

    [Fact]
    public async Task SeedsBeyondTheLargestThatAFileCanNameAreSeedsToo()
    {
        using var folder = new TemporaryFolder();
        var scenario = folder.Write("large.toml", $"[run]\nduration = \"20ms\"\nseed = {long.MaxValue}");

        var ran = await EmuInProcess.RunAsync("whatif", scenario, "--seeds", "2", "--change", "driver.drain=one", "--json");

        Assert.Equal((0, ""), (ran.Status, ran.Errors));
    }

    [Theory]
    [InlineData("live", "runs by the wall clock")]
    [InlineData("late-dpc --precision 0", "--precision 0: expected losses a day")]
    [InlineData("late-dpc --seeds 0", "--seeds 0: expected 1 to 1000")]
    [InlineData("late-dpc --change drain", "'drain' is no change")]
    [InlineData("late-dpc --change driver.dpc-importance=highest", "expected one of \"low\", \"medium\"")]
    [InlineData("late-dpc --change driver.dcp-importance=high", "unknown key \"dcp-importance\" in [driver]")]
    public async Task WhatCannotBeComparedIsRefusedInALine(string arguments, string message)
    {
        var refused = await EmuInProcess.RunAsync(["whatif", .. arguments.Split(' ')]);
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains(message, refused.Errors, StringComparison.Ordinal);
        Assert.Single(refused.Errors.Split('\n'));
    }

    // Same seed, same draws: other drivers' interrupts do not depend on the design.
    [Fact]
    public void ADesignsChangeLeavesTheOthersInterruptsAsTheyWere()
    {
        var request = new RunRequest(ShippedScenarios.PathOf("late-dpc"), LinkKind.Inproc) { Duration = "5min" };
        var file = ScenarioFile.Load(request.ScenarioPath);
        var counts = ((string[])["driver.drain=all", "driver.dpc-importance=high", "driver.interrupt-processor=2", "driver.buffering=ring"])
            .Select(change => new InProcessRun(request, file.With([ScenarioChange.Parse(change)])).Execute(TestContext.Current.CancellationToken))
            .Select(report => report.Host.Interrupts - (long)report.Interrupts.Isr).ToList();
        Assert.All(counts, count => Assert.Equal(counts[0], count));
    }
}
