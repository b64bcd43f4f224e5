namespace Pcie.TestKit.Conformance;

/// <summary>What came of a suite.</summary>
/// <param name="Device">Name and IDs.</param>
/// <param name="Place">Where it is.</param>
public sealed record ConformanceReport(string Device, string Place, IReadOnlyList<CheckResult> Results)
{
    public int Passed => Count(CheckOutcome.Passed);
    public int Failed => Count(CheckOutcome.Failed);

    /// <summary>That did otherwise, as the profile says.</summary>
    public int Different => Count(CheckOutcome.Different);

    public int NotApplicable => Count(CheckOutcome.NotApplicable);
    public TimeSpan Elapsed => TimeSpan.FromTicks(Results.Sum(result => result.Elapsed.Ticks));

    private int Count(CheckOutcome outcome) => Results.Count(result => result.Outcome == outcome);
}
