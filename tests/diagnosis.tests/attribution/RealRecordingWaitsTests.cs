using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Tests.Import;

namespace Pcie.Diagnosis.Tests.Attribution;

/// <summary>The softirq latencies of a real machine, against the sums that a script of another language came to (softirq_totals.py).</summary>
public class RealRecordingWaitsTests
{
    private readonly WaitAttribution attribution = new(new AttributionOptions { Worst = 100 });

    public RealRecordingWaitsTests() => RecordingImporter.Open(SampleRecording.Path).Import(attribution);

    // The script counts a wait only if its run has an end. The recording ends in one that waited no time.
    [Fact]
    public void CountAndSumOfEverySoftirqsWaitsAreThoseOfTheScript() => Assert.Equal(
        [("softirq BLOCK", 218, 427_000), ("softirq NET_RX", 25_596, 8_093_000), ("softirq RCU", 52, 817_000), ("softirq SCHED", 67, 857_000),
            ("softirq TIMER", 21, 310_000)],
        attribution.Summaries.Select(s => (s.Source, s.Runs, s.Total.Nanoseconds)));

    [Fact]
    public void TheSharesOfEveryWaitSumToItExactlyAndNoneIsNegative() => Assert.All(attribution.Summaries.SelectMany(s => s.Worst), wait =>
    {
        Assert.Equal(wait.Delay.Nanoseconds, wait.Shares.Sum(share => share.Time.Nanoseconds));
        Assert.All(wait.Shares, share => Assert.True(share.Time.Nanoseconds >= 0));
        Assert.Equal(ShareKind.Unexplained, wait.Shares[^1].Kind);
    });
}
