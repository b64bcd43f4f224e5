using Pcie.Emulator.Faults;
using Pcie.Pci;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Faults;

public sealed class FaultTests
{
    [Fact]
    public void AFaultHappensOnceToOneThingUnlessItSaysOtherwise() =>
        Assert.Equal(new Fault { Kind = FaultKind.MsiDelayed, At = new SimTime(5_000_000), Count = 1, Every = null,
            Duration = Duration.FromMilliseconds(1) },
            Assert.Single(Read("kind = \"msi-delayed\"\nat = \"5ms\"")));

    [Fact]
    public void EveryKindHasTheNameThatAScenarioUses()
    {
        foreach (var kind in Enum.GetValues<FaultKind>())
            Assert.Equal(kind, Assert.Single(Read($"kind = \"{FaultInjector.NameOf(kind)}\"\nat = \"0s\"")).Kind);
    }

    [Fact]
    public void AStatusIsThatOfTheCompletions() =>
        Assert.Equal(CompletionStatus.CompleterAbort,
            Assert.Single(Read("kind = \"completion-error\"\nat = \"0s\"\nstatus = \"completer-abort\"")).Status);

    [Theory]
    [InlineData("kind = \"msi-lost\"\nat = \"0s\"", "test.toml:2:8: \"kind\"")]
    [InlineData("at = \"0s\"", "has no \"kind\", which is required")]
    [InlineData("kind = \"msi-dropped\"", "has no \"at\", which is required")]
    [InlineData("kind = \"link-down\"\nat = \"0s\"\ncount = 2", "a fault of this kind happens once each time; leave it out")]
    [InlineData("kind = \"msi-dropped\"\nat = \"0s\"\nduration = \"1ms\"", "a fault of this kind takes no time; leave it out")]
    [InlineData("kind = \"source-burst\"\nat = \"0s\"\nstatus = \"completer-abort\"", "a fault of this kind has no completion; leave it out")]
    [InlineData("kind = \"surprise-removal\"\nat = \"0s\"\nevery = \"1s\"", "a fault of this kind does not come back; leave it out")]
    [InlineData("kind = \"msi-dropped\"\nat = \"0s\"\nmessage = 2", "message")]
    [InlineData("kind = \"msi-dropped\"\nat = \"0s\"\ncount = 0", "count")]
    public void AFaultThatCannotBeIsRefusedByItsPlace(string text, string expected)
    {
        var refusal = Assert.Throws<ScenarioException>(() => Read(text)).Message;

        Assert.Contains(expected, refusal, StringComparison.Ordinal);
        Assert.StartsWith("test.toml:", refusal, StringComparison.Ordinal);
    }

    private static IReadOnlyList<Fault> Read(string fault) =>
        Fault.ReadAll(ScenarioFile.Parse($"[[card.fault]]\n{fault}", "test.toml").Table("card"));
}
