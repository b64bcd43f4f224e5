using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>The scenarios that ship do what they say.</summary>
public sealed class ShippedScenariosTests
{
    // The days have tests of their own, and so have those that run by the wall clock.
    private static readonly Duration Short = Duration.FromSeconds(10);

    public static TheoryData<string> Quick =>
        [.. ShippedScenarios.FreeRunning.Where(run => run.Duration <= Short).Select(run => run.Name)];

    public static TheoryData<string> All => [.. ShippedScenarios.Paths.Select(Name)];

    [Theory]
    [MemberData(nameof(Quick))]
    public void AQuickScenarioMeetsItsExpectations(string name) =>
        Assert.Empty(new InProcessRun(new RunRequest(ShippedScenarios.PathOf(name), LinkKind.Inproc))
            .Execute(CancellationToken.None).Expect.Failures);

    [Theory]
    [MemberData(nameof(All))]
    public void EveryScenarioHasATitleItsExpectationsAndItsSchemaForEditors(string name)
    {
        var path = ShippedScenarios.PathOf(name);
        var scenario = HostScenario.Read(ScenarioFile.Load(path));

        Assert.NotEmpty(scenario.Run.Title);
        Assert.Contains(scenario.Expectations, e => e.Path == "accounted");
        Assert.Equal("#:schema ./scenario.schema.json", File.ReadLines(path).First());
    }

    [Fact]
    public void TheDayWithARingIsTheSameDayOnTheSameMachine()
    {
        Assert.Equal(Machine("late-dpc"), Machine("late-dpc-ring"));

        static string Machine(string name)
        {
            var text = File.ReadAllText(ShippedScenarios.PathOf(name));
            return text[text.IndexOf("duration =", StringComparison.Ordinal)..text.IndexOf("[driver]", StringComparison.Ordinal)];
        }
    }

    private static string Name(string path) => Path.GetFileNameWithoutExtension(path);
}
