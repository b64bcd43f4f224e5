using Pcie.Fixtures;
using Pcie.Link.Grpc.Carriers;

namespace Pcie.Link.Tests;

/// <summary>A keep-alive of 800 ms, which is looked after every 100 ms; link.proto, 8.</summary>
public sealed class SilenceWatchTests : IDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromMilliseconds(800);

    private readonly SteppedTime time = new();
    private readonly Carrier carrier = new();
    private readonly SilenceWatch watch;
    private int found;

    public SilenceWatchTests() => watch = new SilenceWatch(KeepAlive, carrier, time, () => found++);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(99)]
    [InlineData(100)]
    public void SilenceIsFoundWithinTheKeepAliveWheneverItBeganAndNotMuchBefore(int heardAt)
    {
        Advance(heardAt);
        carrier.Hear();

        Advance(699);
        Assert.Equal((0, false), (found, watch.IsSilent));
        Advance(101);
        Assert.Equal((1, true), (found, watch.IsSilent));

        Advance(10_000);
        Assert.Equal(1, found);
    }

    [Fact]
    public void WhoeverSpeaksEveryThirdOfItIsNeverSilent()
    {
        for (var i = 0; i < 1000; i++)
        {
            Advance(800 / 3);
            carrier.Hear();
        }
        Assert.Equal(0, found);
    }

    [Fact]
    public void WhileNobodyListensNothingIsSilenceAndAfterwardsItIsCountedAnew()
    {
        Advance(600);
        watch.Excuse();
        Advance(10_000);
        watch.Resume();

        Advance(600);
        Assert.Equal(0, found);
        Advance(200);
        Assert.Equal(1, found);
    }

    // SIGSTOP and SIGCONT, or a laptop that was closed: what came meanwhile has not been read yet.
    [Fact]
    public void AProcessThatWasStoppedDoesNotTakeItsOwnAbsenceForTheOthersSilence()
    {
        Advance(300);
        time.Skip(TimeSpan.FromHours(1));
        Advance(200);
        Assert.Equal(0, found);
        carrier.Hear();
        Advance(650);
        Assert.Equal(0, found);
        Advance(150);
        Assert.Equal(1, found);
    }

    [Fact]
    public void LooksThatAreMadeUpForAllAtOnceCountOnce()
    {
        time.Skip(TimeSpan.FromMilliseconds(800), fires: 8);
        Advance(500);
        Assert.Equal(0, found);
        Advance(100);
        Assert.Equal(1, found);
    }

    [Fact]
    public void OneThatIsDisposedFindsNothing()
    {
        watch.Dispose();
        Advance(10_000);
        Assert.Equal(0, found);
    }

    public void Dispose() => watch.Dispose();

    private void Advance(int milliseconds) => time.Advance(TimeSpan.FromMilliseconds(milliseconds));
}
