namespace Pcie.Trace.Tests;

/// <summary>An event that fell together with another says at which point, if it is recorded by a card that does.</summary>
public sealed class CollapseCounterTests
{
    [Theory]
    [InlineData(CollapsePoint.CauseBit, "cause-bit.cause-5")]
    [InlineData(CollapsePoint.Moderation, "moderation.vector-3")]
    [InlineData(CollapsePoint.RearmMask, "rearm-mask.vector-3")]
    [InlineData(CollapsePoint.VectorActive, "vector-active.vector-3")]
    [InlineData(CollapsePoint.PendingBit, "pending-bit.message-3")]
    public void APointOfTheCardIsToldByItsEvent(CollapsePoint point, string path)
    {
        var told = CollapseCounter.PathOf(Collapsed(CollapseCounter.Traced(point, vector: 3)));

        Assert.Equal(path, told);
        Assert.Equal(point, CollapseCounter.PointOf(told!));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public void AnEventThatNamesNoPointTellsNone(long b) => Assert.Null(CollapseCounter.PathOf(Collapsed(b)));

    [Fact]
    public void AMessageOfTheDeviceIsToldByItsSource() =>
        Assert.Equal("apic.message-12", CollapseCounter.PathOf(CollapsePoint.Apic, new TraceSource("daq message 12", SourceRole.DeviceMessage)));

    private static TraceEvent Collapsed(long b) => new(default, TraceKind.InterruptCollapsed, 0, TraceSide.Device, 0, 5, b);
}
