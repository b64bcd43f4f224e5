using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Facts;
using Pcie.Diagnosis.Verdicts;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Tests.Facts;

public sealed class LagTests
{
    [Fact]
    public void OfARunThatFellBehindTheWallClockNothingIsConcluded()
    {
        var counts = new RunCounts(default, new ChunkFates { Refused = 3 }, null, _ => null) { FellBehind = Duration.FromMilliseconds(1_500) };

        var explanation = Explanation.OfTrace("live", new TraceRecording(), new AttributionOptions(), counts);

        var verdict = Assert.Single(explanation.Verdicts);
        Assert.Equal(VerdictKind.None, verdict.Kind);
        Assert.Contains("1.5 s behind the wall clock", verdict.Finding, StringComparison.Ordinal);
    }
}
