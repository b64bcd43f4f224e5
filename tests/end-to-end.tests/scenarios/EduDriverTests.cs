using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.DriverModel.Study;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>The edu device and its driver: framework, link and diagnosis work for them as for the card of the mission.</summary>
public sealed class EduDriverTests
{
    private const string Edu = "[card]\nkind = \"edu\"\n[driver]\nkind = \"edu\"\n";
    private const string Second = "[run]\nduration = \"1s\"\n";

    [Fact]
    public void OneDpcStandsForBothCausesIfBothCame()
    {
        // The processor is held when a copy and a factorial end, so that two messages meet one DPC.
        var report = Run(Second + Edu + "[[host.interference]]\nname = \"x.sys\"\ninterval = \"1ms\"\ndpc = \"900us\"\nprocessor = 0\n");

        Assert.True(report.Dpc.Coalesced > 0);
        Assert.Equal((0, 0, 0), (report.Driver["wrong"], report.Driver["unanswered"], report.Lost));
        // An ISR whose cause the one before had acknowledged with its own queues nothing.
        Assert.InRange(report.Dpc.Queued + report.Dpc.Coalesced, 1, report.Interrupts.Isr);
    }

    [Fact]
    public void WhateverARunEndsInEachRequestIsAccountedFor()
    {
        for (var ns = 1_000_000; ns < 1_010_000; ns += 100)
            Assert.True(Run($"[run]\nduration = \"{ns}ns\"\n{Edu}").Accounted, $"after {ns} ns");
    }

    [Fact]
    public void AMessageThatIsLostIsFoundByTheWatchdogAndNothingElseIs()
    {
        var report = Run($"{Second}{Edu}dma-bytes = 0\ntimeout = \"10ms\"\n[[card.fault]]\nkind = \"msi-dropped\"\nat = \"100ms\"\ncount = 3\n");

        Assert.Equal((3, 0, 0), (report.Driver["lost_interrupts"], report.Driver["wrong"], report.Driver["unanswered"]));
        Assert.True(report.Accounted);
        Assert.Equal(report.Interrupts.Sent, report.Host.Messages + 3);
    }

    [Theory]
    [InlineData("deadline = \"1us\"\n", true)]
    [InlineData("deadline = \"1s\"\n", false)]
    [InlineData("", false)]
    public void AFactorialPastTheDeadlineIsALossAndOnlyThat(string deadline, bool isLate)
    {
        var report = Run(Second + Edu + deadline);

        Assert.Equal(isLate ? report.Driver["factorials"] : 0, report.Driver["late"]);
        Assert.Equal(report.Driver["late"], report.Lost);
    }

    [Fact]
    public void WhatCameTooLateIsExplainedByWhoHadTheProcessor()
    {
        var run = new InProcessRun(new RunRequest(ShippedScenarios.PathOf("edu-late"), LinkKind.Inproc) { Explains = true });
        var report = (PlainReport)run.Execute(TestContext.Current.CancellationToken);

        var explanation = ExplainedRun.Of(report, run.Flight!);

        Assert.Equal(report.Driver["late"], explanation.Attribution.Events.Count);
        Assert.All(explanation.Attribution.Events, e =>
        {
            Assert.Equal("late", e.Name);
            Assert.True(e.At >= e.Wait!.Began && e.At <= e.Wait.Ended);
            Assert.Equal("storport.sys", e.Wait.Shares[0].Source);
        });
        Assert.Contains("EVENT       late at ", ExplainedRun.ToText(report, run.Flight!), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIfRanksDesignsByWhatTheDriverCountsAsLost()
    {
        var run = new WhatIfRun(new RunRequest(ShippedScenarios.PathOf("edu-late"), LinkKind.Inproc), 1, null);

        var comparison = run.Execute(TestContext.Current.CancellationToken);

        Assert.Equal("interrupts and DPC on CPU 0", comparison.Cheapest?.Change.Name);
        Assert.Equal(((PlainReport)run.First!.Value.Report).Driver["late"], comparison.AsItIs.Lost);
    }

    [Theory]
    [InlineData("[driver]\nkind = \"edu\"\n", "The device's ID register reads 0x")]
    [InlineData("[card]\nkind = \"edu\"\n", "this driver's card has")]
    public void ADriverRefusesTheOtherCardByWhatItReads(string kinds, string says)
    {
        var report = Execute(Second + kinds);

        Assert.Equal(RunOutcome.NotStarted, report.Outcome);
        Assert.Contains(says, report.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[card]\nkind = \"nic\"\n", "2:8: \"kind\" in [card] is \"nic\"; expected one of")]
    [InlineData("[card]\nkind = \"edu\"\nname = \"x\"\n", "unknown key \"name\" in [card]")]
    [InlineData("[driver]\nkind = \"edu\"\nring-slots = 4\n", "unknown key \"ring-slots\" in [driver]")]
    [InlineData("[driver]\nkind = \"edu\"\ndma-bytes = 6\n", "6 is no multiple of 4")]
    [InlineData("[driver]\nkind = \"edu\"\n[host.reader]\nrate = \"1 MB/s\"\n", "unknown key \"rate\" in [host.reader]")]
    public void WhatAKindDoesNotHaveIsRefused(string text, string message)
    {
        var file = ScenarioFile.Parse(text, "f.toml");

        var refused = Assert.Throws<ScenarioException>(() => CardKinds.DesignOf(file, HostScenario.Read(file).Run));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private static PlainReport Run(string scenario) => (PlainReport)Execute(scenario);

    private static RunReport Execute(string scenario) =>
        new InProcessRun(new RunRequest("f.toml", LinkKind.Inproc), ScenarioFile.Parse(scenario, "f.toml"))
            .Execute(TestContext.Current.CancellationToken);
}
