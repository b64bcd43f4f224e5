using Pcie.Link.Transports;

namespace Pcie.Link.Tests;

public sealed class DeadlineTests
{
    // 1 GHz is Linux, 10 MHz Windows today; 3.579545 MHz the ACPI timer, 14.31818 MHz the HPET: neither divides a second into 100 ns.
    [Theory]
    [InlineData(1_000_000_000)]
    [InlineData(10_000_000)]
    [InlineData(3_579_545)]
    [InlineData(14_318_180)]
    public void AWaitIsAsLongAsSaidHoweverOftenTheClockTicks(long frequency)
    {
        var clock = new TickingClock(frequency);
        var deadline = new Deadline(TimeSpan.FromSeconds(2), clock);
        Assert.Equal(2000, deadline.Milliseconds);

        clock.Now = frequency * 3 / 2;
        Assert.InRange(deadline.Milliseconds, 499, 500);
        Assert.False(deadline.IsPast);

        clock.Now = 2 * frequency + 1;
        Assert.Equal((0, true), (deadline.Milliseconds, deadline.IsPast));
    }

    [Fact]
    public void ADeadlineThatPassedIsNotMistakenForNone()
    {
        var clock = new TickingClock(1000);
        var deadline = new Deadline(TimeSpan.FromMilliseconds(10), clock);
        for (clock.Now = 10; clock.Now < 15; clock.Now++) Assert.Equal((0, true), (deadline.Milliseconds, deadline.IsPast));

        Assert.Equal(int.MaxValue, new Deadline(TimeSpan.MaxValue, clock).Milliseconds);
        var none = new Deadline(Timeout.InfiniteTimeSpan, clock);
        clock.Now = long.MaxValue;
        Assert.Equal((Timeout.Infinite, false), (none.Milliseconds, none.IsPast));
    }

    private sealed class TickingClock(long frequency) : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => frequency;

        public override long GetTimestamp() => Now;
    }
}
