using Pcie.Diagnosis.Machine;
using Pcie.Playback;

namespace Pcie.Diagnosis.Tests;

public class IntervalKindTests
{
    [Fact]
    public void KindsRiseInTheOrderInWhichOnePushesTheOtherAside() =>
        Assert.Equal([IntervalKind.Thread, IntervalKind.ThreadedDpc, IntervalKind.RaisedIrql, IntervalKind.Dpc, IntervalKind.TimerDpc, IntervalKind.Isr, IntervalKind.Stall],
            Enum.GetValues<IntervalKind>().Order());

    // PlaybackRecorder writes one as the other.
    [Fact]
    public void AKindHasTheNameAndNumberThatAPlaybackFileGivesIt() => Assert.Equal(
        Enum.GetValues<PlaybackKind>().Select(kind => (kind.ToString(), (int)kind)),
        Enum.GetValues<IntervalKind>().Select(kind => (kind.ToString(), (int)kind)));
}
