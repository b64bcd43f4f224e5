using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.DriverModel.Study;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures.Programs;
using Pcie.Link.Sessions;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>The NVM Express driver against our own controller: queues, messages, what it moves, and what it does when that goes wrong.</summary>
public sealed class NvmeDriverTests
{
    private const string Nvme = "[card]\nkind = \"nvme\"\n[driver]\nkind = \"nvme\"\n";
    private const string Short = "[run]\nduration = \"20ms\"\n";
    private const string AllVectors = "[host]\nprocessors = 4\nticks-per-second = 1000\ngrant = \"as-many-as-possible\"\n";

    // A block, a page, two pages and no list, a list, and the longest that the controller takes: 32 pages.
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(256)]
    public void WhatIsReadIsWhatWasWrittenHoweverManyPagesItTakes(int blocks) =>
        AssertAllIsWell(Run($"{Short}{AllVectors}{Nvme}interval = \"1ms\"\nblocks = {blocks}\n"));

    [Fact]
    public void InSimulatedTimeEachPlaceIsWrittenAndReadInEachInterval()
    {
        var path = ShippedScenarios.PathOf("nvme");
        var report = (PlainReport)new InProcessRun(new RunRequest(path, LinkKind.Inproc)).Execute(TestContext.Current.CancellationToken);

        Assert.Empty(report.Expect.Failures);
        // Eight places, 100 ms, an interval of 2 ms.
        Assert.Equal(8 * 50, report.Driver["verified"]);
    }

    [Fact]
    public void OfACardThatCannotBeAskedEverythingElseIsJudged()
    {
        var file = ScenarioFile.Load(ShippedScenarios.PathOf("nvme")).With([]);
        var host = HostScenario.Read(file);
        using var card = new LocalCard(CardKinds.DesignOf(file, host.Run),
            new LinkSessionOptions(host.Run.Pacing, host.Run.LinkLatency), host.Run.CompletionTimeout);
        card.Start();

        var report = new HostRun(host, card.HostEnd, output: null).Execute("inproc", () => null, TestContext.Current.CancellationToken);

        Assert.Equal((RunOutcome.Completed, true), (report.Outcome, report.Expect.Passed));
        Assert.Equal(ExitStatus.Incomplete, report.ExitStatus);
        Assert.Contains("MISSING     the card's counters", RunSummary.Of(report), StringComparison.Ordinal);
    }

    [Fact]
    public void EachQueueHasAMessageOfItsOwnAndNoIsrReadsARegister()
    {
        var report = Run($"{Short}{AllVectors}{Nvme}queues = 4\ndepth = 1\ninterval = \"1ms\"\npattern = \"scrambled\"\n");

        AssertAllIsWell(report);
        Assert.Equal((4, 5), (report.Driver["queues"], report.Host.MessagesGranted));
        Assert.Equal((0, 0), (report.Interrupts.Collapsed, report.IsrRegisterReads));
    }

    [Fact]
    public void WithOneMessageForAllQueuesNothingIsMissed()
    {
        // Windows' rule: five are asked for, four are there, one is granted.
        var report = Run($"{Short}[host]\nmsi-messages = 4\n{Nvme}queues = 4\ninterval = \"1ms\"\n");

        AssertAllIsWell(report);
        Assert.Equal((4, 1), (report.Driver["queues"], report.Host.MessagesGranted));
    }

    [Fact]
    public void QueuesAndDepthAreTheControllersIfItHasFewer()
    {
        var report = Run($"{Short}{AllVectors}{Nvme}queues = 64\ndepth = 1023\nblocks = 1\ninterval = \"15ms\"\n");

        AssertAllIsWell(report);
        // Four queues of 256 entries, one of which stays empty, begun at once and once more.
        Assert.Equal((4, 2 * 4 * 255), (report.Driver["queues"], report.Driver["verified"]));
    }

    [Fact]
    public void AMessageThatIsLostIsFoundByTheWatchdog()
    {
        var report = Run($"{Short}{AllVectors}{Nvme}queues = 1\ndepth = 1\ntimeout = \"2ms\"\n"
            + "[[card.fault]]\nkind = \"msi-dropped\"\nat = \"5ms\"\ncount = 1\n");

        AssertAllIsWell(report);
        Assert.Equal(1, report.Driver["lost_interrupts"]);
    }

    [Fact]
    public void AControllerThatIsResetMeanwhileIsBroughtUpAnewAndWhatWasUnderWayIsUnanswered()
    {
        var report = Run($"[run]\nduration = \"1s\"\n{AllVectors}{Nvme}queues = 2\ndepth = 3\ninterval = \"10ms\"\ntimeout = \"20ms\"\n"
            + "[[card.fault]]\nkind = \"function-reset\"\nat = \"300ms\"\n");

        Assert.True(report.Accounted);
        Assert.Equal((0, 1), (report.Driver["mismatches"], report.Driver["shutdowns"]));
        Assert.InRange(report.Driver["unanswered"], 1, 6);
        Assert.True(report.Driver["verified"] > 6 * 60, "It went on.");
    }

    [Fact]
    public void AReadOfHostMemoryThatFailsIsFatalToTheControllerAndTheDriverResetsIt()
    {
        var report = Run($"[run]\nduration = \"1s\"\n{AllVectors}{Nvme}interval = \"10ms\"\ntimeout = \"20ms\"\n"
            + "[[card.fault]]\nkind = \"dma-read-error\"\nat = \"300ms\"\n");

        Assert.True(report.Accounted);
        Assert.True(report.Driver["unanswered"] > 0 && report.Driver["verified"] > 0);
        Assert.Equal((0, 1), (report.Driver["mismatches"], report.Driver["shutdowns"]));
    }

    [Fact]
    public void DataThatIsWrongIsAMismatchAndALoss()
    {
        var report = Run($"{Short}{AllVectors}{Nvme}interval = \"1ms\"\n[[card.fault]]\nkind = \"corrupted-payload\"\nat = \"5ms\"\ncount = 1\n");

        Assert.Equal((1, 1), (report.Driver["mismatches"], report.Lost));
        Assert.True(report.Accounted);
    }

    [Theory]
    [InlineData("deadline = \"1us\"\n", true)]
    [InlineData("deadline = \"1s\"\n", false)]
    public void ACompletionPastTheDeadlineIsALoss(string deadline, bool isLate)
    {
        var report = Run($"{Short}{AllVectors}{Nvme}interval = \"1ms\"\n{deadline}");

        Assert.Equal(isLate ? report.Driver["writes"] + report.Driver["reads"] : 0, report.Driver["late"]);
        Assert.Equal(report.Driver["late"], report.Lost);
    }

    [Fact]
    public void WhatIfRanksDesignsByWhatCameTooLate()
    {
        var scenario = $"[run]\nduration = \"100ms\"\n{AllVectors}[[host.interference]]\nname = \"x.sys\"\ninterval = {{ exponential = \"10ms\" }}\n"
            + $"dpc = \"3ms\"\nprocessor = 0\n{Nvme}queues = 1\ndepth = 1\ndeadline = \"2ms\"\n";
        using var folder = new TemporaryFolder();
        var comparison = new WhatIfRun(new RunRequest(folder.Write("f.toml", scenario), LinkKind.Inproc), 1, null)
            .Execute(TestContext.Current.CancellationToken);

        Assert.True(comparison.AsItIs.Lost > 0);
        Assert.NotNull(comparison.Cheapest);
    }

    [Theory]
    [InlineData("[driver]\nkind = \"nvme\"\n", "BAR0 is too small")]
    [InlineData("[card]\nkind = \"edu\"\n[driver]\nkind = \"nvme\"\n", "which no NVM Express controller's do")]
    [InlineData(Nvme + "blocks = 257\n", "131584 bytes a command; this controller and driver move 131072 at the most")]
    [InlineData(Nvme + "blocks = 256\ndepth = 255\nqueues = 4\n", "do not fit")]
    public void ADriverRefusesWhatItCannotRunByWhatItReads(string text, string says)
    {
        var report = Execute(Short + text);

        Assert.Equal(RunOutcome.NotStarted, report.Outcome);
        Assert.Contains(says, report.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("queues = 0\n", "\"queues\" in [driver] is 0")]
    [InlineData("depth = 1024\n", "\"depth\" in [driver] is 1024")]
    [InlineData("blocks = 0\n", "\"blocks\" in [driver] is 0")]
    [InlineData("pattern = \"noise\"\n", "\"pattern\" in [driver] is \"noise\"")]
    [InlineData("dma-bytes = 4\n", "unknown key \"dma-bytes\" in [driver]")]
    public void WhatTheDriverDoesNotHaveIsRefused(string keys, string message)
    {
        var file = ScenarioFile.Parse(Nvme + keys, "f.toml");

        var refused = Assert.Throws<ScenarioException>(() => CardKinds.DesignOf(file, HostScenario.Read(file).Run));

        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }

    private static void AssertAllIsWell(PlainReport report)
    {
        Assert.Equal((RunOutcome.Completed, true, 0), (report.Outcome, report.Accounted, report.Lost));
        Assert.True(report.Driver["verified"] > 0);
        Assert.Equal((1, 0), (report.Driver["shutdowns"], report.Driver["unexpected"]));
    }

    private static PlainReport Run(string scenario) => (PlainReport)Execute(scenario);

    private static RunReport Execute(string scenario) =>
        new InProcessRun(new RunRequest("f.toml", LinkKind.Inproc), ScenarioFile.Parse(scenario, "f.toml"))
            .Execute(TestContext.Current.CancellationToken);
}
