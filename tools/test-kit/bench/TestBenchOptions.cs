using Pcie.Link;
using Pcie.Time;

namespace Pcie.TestKit;

/// <summary>How a bench runs.</summary>
public sealed record TestBenchOptions
{
    /// <summary>Free-running, the plan's times are simulated ones and the same in every run. By the wall clock for a device that has no other.</summary>
    public Pacing Pacing { get; init; } = Pacing.FreeRunning;

    /// <summary>Of the link, one way.</summary>
    public Duration Latency { get; init; } = new(500);

    /// <summary>How long a request may be without its completion (PCI Express Base Specification 2.8).</summary>
    public Duration CompletionTimeout { get; init; } = Duration.FromMilliseconds(50);

    /// <summary>Transactions that a failed expectation shows.</summary>
    public int TransactionsShown { get; init; } = 12;
}
