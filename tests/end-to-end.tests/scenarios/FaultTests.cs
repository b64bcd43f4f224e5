using Pcie.Control.Wire;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.Emulator.Faults;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Grpc.Host;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>
/// What goes wrong with a card, and what the driver does then. That each scenario meets its expectations, with the same digest over every link, is
/// shown with all the others: ShippedScenariosTests, OverEveryLinkTests.
/// </summary>
public sealed class FaultTests
{
    public static TheoryData<string> Kinds => [.. Enum.GetValues<FaultKind>().Select(FaultInjector.NameOf)];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryKindHasAScenarioThatIsHitByItAndExpectsWhatComesOfIt(string kind)
    {
        var report = Run($"fault-{kind}");

        Assert.InRange(report.Card[$"faults.{kind}"], 1UL, 1_000UL);
        Assert.True(report.Accounted);
        Assert.Empty(report.Expect.Failures);
        Assert.Contains("card.fault", File.ReadAllText(ShippedScenarios.PathOf($"fault-{kind}")), StringComparison.Ordinal);
    }

    // An expectation that a sound card meets too shows nothing. What counts the fault itself does not count here.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void WithoutItsFaultWhatAScenarioExpectsOfDriverAndDataDoesNotComeAbout(string kind)
    {
        using var folder = new TemporaryFolder();

        var sound = new InProcessRun(new RunRequest(folder.Write("sound.toml", WithoutFault($"fault-{kind}")), LinkKind.Inproc))
            .Execute(TestContext.Current.CancellationToken);

        Assert.Contains(sound.Expect.Failures, failure => !failure.Contains("card.faults.", StringComparison.Ordinal));
    }

    [Fact]
    public void TheSummaryTellsWhatHasHitAndWhatTheDriverMadeOfIt()
    {
        var text = RunSummary.Of(Run("fault-surprise-removal"));

        Assert.Contains("faults      surprise-removal: 1", text, StringComparison.Ordinal);
        Assert.Matches("driver      reads of all-ones: [0-9]+, gave the device up", text);
        Assert.DoesNotContain("faults  ", RunSummary.Of(Run("stream", "10ms")), StringComparison.Ordinal);
    }

    [Fact]
    public void AScenarioWithAFaultIsTheSameRunUntilItHappens()
    {
        using var folder = new TemporaryFolder();
        var without = WithoutFault("fault-msi-dropped");

        var faulty = Run("fault-msi-dropped", "150ms");
        var sound = new InProcessRun(new RunRequest(folder.Write("sound.toml", without), LinkKind.Inproc)
        {
            Duration = "150ms",
        }).Execute(CancellationToken.None);

        Assert.Equal(sound.Digest, faulty.Digest);
    }

    // 6.6.1: a link that goes down resets what is below.
    [Fact]
    public void AfterTheLinkHasComeBackTheDriverStreamsAgainFromTheFirstChunk()
    {
        var report = Run("fault-link-down");

        Assert.Equal(1, report.Driver.DeviceRestarts);
        Assert.Equal(0, report.Chunks.OutOfOrder + report.Chunks.Missing + report.Chunks.Corrupt);
        Assert.True(report.Card["function.resets"] >= 1);
    }

    [Fact]
    public async Task AFaultCanBeInjectedIntoARunningCardAndANonsenseOneIsRefused()
    {
        using var emulator = await RunningEmulator.StartAsync();

        var done = await RunningProgram.RunAsync("emu", "fault", emulator.Uri, "msi-dropped", "--count", "2");
        var refused = await RunningProgram.RunAsync("emu", "fault", emulator.Uri, "gremlins");
        var bad = await RunningProgram.RunAsync("emu", "fault", emulator.Uri, "link-down", "--duration", "soon");

        Assert.Equal((0, "msi-dropped: done"), (done.Status, done.Output));
        Assert.Equal(2, refused.Status);
        Assert.Contains("There is no fault 'gremlins'; expected one of completion-error,", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(2, bad.Status);
        Assert.Contains("--duration soon:", bad.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACardThatIsPulledOutLiveIsSeenAsGoneByTheControlServiceToo()
    {
        using var emulator = await RunningEmulator.StartAsync();
        using var channel = HostConnector.OpenChannel(LinkUri.Parse(emulator.Uri), TimeSpan.FromMinutes(1));
        var card = new CardControl.CardControlClient(channel);

        await card.InjectFaultAsync(new InjectFaultRequest { Kind = "surprise-removal" }, cancellationToken: TestContext.Current.CancellationToken);

        var statistics = await card.GetStatisticsAsync(new StatisticsRequest(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(1UL, statistics.Counters["faults.surprise-removal"]);
    }

    private static string WithoutFault(string name)
    {
        var text = File.ReadAllText(ShippedScenarios.PathOf(name));
        return text[..text.IndexOf("[[card.fault]]", StringComparison.Ordinal)] + text[text.IndexOf("[host]", StringComparison.Ordinal)..];
    }

    private static DaqReport Run(string name, string? duration = null) =>
        (DaqReport)new InProcessRun(new RunRequest(ShippedScenarios.PathOf(name), LinkKind.Inproc) { Duration = duration })
            .Execute(TestContext.Current.CancellationToken);
}
