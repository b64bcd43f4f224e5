using Pcie.DriverModel.Study;
using Pcie.Emulator.Hosting;
using Pcie.OneProcess;

public sealed class MyDriverTests
{
    private static readonly string Scenario = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "MyDriver.toml"));

    [Fact]
    public void EveryFactorialIsRightWhateverComesInBetween() => Assert.Empty(Run(Scenario).Expect.Failures);

    [Fact]
    public void WhileAnotherDriversDpcRunsNoneIsComputed()
    {
        var report = Run("""
            [run]
            duration = "10ms"

            [[host.interference]]
            name = "slow.sys"
            at = ["1ms"]
            isr = "10us"
            dpc = "5ms"
            """);

        Assert.Equal(0, report.Driver["wrong"]);
        Assert.InRange(report.IsrToDpcNs.Max, 4_900_000, 5_100_000);
    }

    // In this process, free-running: the same run on any machine.
    private static PlainReport Run(string scenario) =>
        (PlainReport)OneProcessRun.Of(scenario, MyDriver.Design, new CardInProcess(CardDesign.Edu), TestContext.Current.CancellationToken);
}
