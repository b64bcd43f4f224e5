using Pcie.DriverModel.Report;

namespace Pcie.DriverModel.Expectations;

/// <summary>Judges a run by its account, and by what its scenario expects.</summary>
public static class Judge
{
    private const string Violations = "host.dpc_watchdog_violations";

    /// <remarks>By the wall clock, what was due and was not produced is a failure, unless the scenario says how much of that may be.</remarks>
    /// <param name="isOwnDuration">Whether it ran as long as the scenario says, which is what expectations are about.</param>
    public static ExpectFigures Of(RunReport report, IReadOnlyList<Expectation> expectations, bool isOwnDuration)
    {
        var json = report.ToJson();
        var skipped = isOwnDuration ? 0 : expectations.Count;
        var judged = expectations.Skip(skipped).ToLookup(e => !e.IsUnknownIn(json));
        var failures = judged[true].Select(e => e.FailureIn(json)).OfType<string>().ToList();
        // What a device did in half the time, or less, is the machine's doing.
        List<string> excused = [];
        if (report.IsByWallClock && report.Lag.HostNs > report.SimulatedNs / 2) (excused, failures) = (failures, excused);
        // A scenario that says how many violations it expects has judged this one.
        var isExpected = report.Outcome == RunOutcome.DpcWatchdogViolation && skipped == 0 && expectations.Any(e => e.Path == Violations);
        if (report.Failure is { } failure && !isExpected) failures.Insert(0, failure);
        else if (report.Shortfall is { } shortfall && (skipped > 0 || expectations.All(e => e.Path != shortfall.Path)))
            failures.Insert(0, shortfall.Text);
        else if (!report.Accounted) failures.Insert(0, $"accounted: {report.DescribeImbalance()}; this is a defect of the model, please report it");
        // What cannot be accounted for is incomplete, and no failure.
        failures.AddRange(report.Cards.Where(other => other.Report.Outcome != RunOutcome.Unaccounted)
            .SelectMany(other => other.Report.Expect.Failures.Select(failed => $"{other.Name}: {failed}")));
        return new ExpectFigures
        {
            Passed = failures.Count == 0, Failures = failures, Skipped = skipped, Excused = excused,
            Unknown = [.. judged[false].Select(e => e.Path)],
        };
    }
}
