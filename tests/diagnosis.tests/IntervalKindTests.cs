using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Tests;

public class IntervalKindTests
{
    [Fact]
    public void KindsRiseInTheOrderInWhichOnePushesTheOtherAside() =>
        Assert.Equal([IntervalKind.Thread, IntervalKind.ThreadedDpc, IntervalKind.RaisedIrql, IntervalKind.Dpc, IntervalKind.TimerDpc, IntervalKind.Isr, IntervalKind.Stall],
            Enum.GetValues<IntervalKind>().Order());
}
