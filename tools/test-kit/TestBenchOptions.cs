using Pcie.Time;

namespace Pcie.TestKit;

/// <summary>How a bench runs.</summary>
public sealed record TestBenchOptions
{
    /// <summary>
    /// Free-running, the plan's times are simulated ones and the same in every run. By the wall clock for a device that has no other.
    /// </summary>
    public Pacing Pacing { get; init; } = Pacing.FreeRunning;

    /// <summary>Of the link, one way.</summary>
    public Duration Latency { get; init; } = LatencyRange.Default;

    /// <summary>How long a request may be without its completion (PCI Express Base Specification 2.8).</summary>
    public Duration CompletionTimeout { get; init; } = Duration.FromMilliseconds(50);

    /// <summary>
    /// By the wall clock, the least time for which anything that is expected is waited for, completions too: a busy machine answers late without
    /// being broken. What is expected not to come is waited for as long as the plan says.
    /// </summary>
    public Duration Patience { get; init; } = Duration.FromSeconds(5);

    /// <summary>Transactions that a failed expectation shows.</summary>
    public int TransactionsShown { get; init; } = 12;
}
