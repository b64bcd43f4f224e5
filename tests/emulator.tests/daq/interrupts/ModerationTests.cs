using CsCheck;
using Pcie.Daq;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Daq.Interrupts;

/// <summary>
/// Moderation by count and by time (docs/registers.md: INT_MODERATION), alone and under each re-arm policy (INT_POLICY). Every cause is on vector 0
/// unless said otherwise.
/// </summary>
public sealed class ModerationTests : IDisposable
{
    private readonly DaqHost card = new();

    public void Dispose() => card.Dispose();

    private int Sent => card.Vectors.Count;

    private void Begin(RearmPolicy policy, uint count, uint microseconds)
    {
        card.Policy(policy);
        card.EnableCauses(Cause.DataReady, Cause.Overrun, Cause.Test);
        Moderate(count, microseconds);
    }

    private void Moderate(uint count, uint microseconds, uint vector = 0) =>
        card.Write($"INT_MODERATION{vector}", count | microseconds << 16);

    private void RunMicroseconds(long microseconds) => card.Host.RunFor(Duration.FromMicroseconds(microseconds));

    [Fact]
    public void AMessageComesAfterSoManyRaises()
    {
        Begin(RearmPolicy.PerEvent, count: 3, microseconds: 0);
        for (var i = 1; i <= 10; i++)
        {
            card.Raise(Cause.DataReady);
            Assert.Equal(i / 3, Sent);
        }
        // Without a time the last one waits for ever.
        RunMicroseconds(1_000_000);
        Assert.Equal(3, Sent);
        Assert.Contains(new("interrupts.moderated", 10), card.Card.Statistics);
    }

    [Fact]
    public void AMessageComesSoLongAfterTheFirstRaise()
    {
        Begin(RearmPolicy.PerEvent, count: 0, microseconds: 100);
        card.Raise(Cause.DataReady);
        RunMicroseconds(60);
        card.Raise(Cause.DataReady);
        RunMicroseconds(39);
        Assert.Equal(0, Sent);
        RunMicroseconds(2);
        Assert.Equal(1, Sent);
        RunMicroseconds(1_000);
        Assert.Equal(1, Sent);
    }

    [Fact]
    public void WhicheverIsFirstReleasesAndTheOtherBeginsAnew()
    {
        Begin(RearmPolicy.PerEvent, count: 2, microseconds: 100);
        card.Raise(Cause.DataReady);
        RunMicroseconds(50);
        card.Raise(Cause.DataReady);
        Assert.Equal(1, Sent);
        card.Raise(Cause.DataReady);
        // The first gathering's time is over here, the second's is not.
        RunMicroseconds(99);
        Assert.Equal(1, Sent);
        RunMicroseconds(2);
        Assert.Equal(2, Sent);
    }

    [Fact]
    public void EachVectorGathersOnItsOwnAndAnErrorNeedNotWait()
    {
        Begin(RearmPolicy.PerEvent, count: 4, microseconds: 100);
        card.Write("INT_ROUTING", 1);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.Overrun);
        Assert.Equal([1], card.Vectors);
        RunMicroseconds(101);
        Assert.Equal([1, 0], card.Vectors);
    }

    [Fact]
    public void AReleaseThatFindsEverythingClearedSendsNothing()
    {
        Begin(RearmPolicy.OnNonZero, count: 0, microseconds: 100);
        card.Raise(Cause.DataReady);
        card.Acknowledge(Cause.DataReady);
        RunMicroseconds(200);
        Assert.Equal(0, Sent);
        Assert.Equal(1ul, card.Card.Interrupts.Collapsed);
    }

    [Fact]
    public void ARearmWhileRaisesAreGatheredWaitsForThem()
    {
        Begin(RearmPolicy.AutoMask, count: 0, microseconds: 100);
        card.Raise(Cause.DataReady);
        RunMicroseconds(101);
        card.Acknowledge(Cause.DataReady);
        card.Raise(Cause.DataReady);
        card.Rearm();
        Assert.Equal(1, Sent);
        RunMicroseconds(101);
        Assert.Equal(2, Sent);
    }

    [Fact]
    public void ARearmAfterAReleaseIntoAMaskedVectorSendsAtOnce()
    {
        Begin(RearmPolicy.AutoMask, count: 0, microseconds: 100);
        card.Raise(Cause.DataReady);
        RunMicroseconds(101);
        card.Raise(Cause.DataReady);
        RunMicroseconds(101);
        Assert.Equal(1, Sent);
        card.Rearm();
        Assert.Equal(2, Sent);
    }

    // The card's line is active, something else is gathered, the driver acknowledges only what it has read.
    [Fact]
    public void UnderLevelWhatAnAcknowledgeLeavesSetIsSentWithTheRelease()
    {
        Begin(RearmPolicy.Level, count: 0, microseconds: 100);
        card.Raise(Cause.DataReady);
        RunMicroseconds(101);
        card.Raise(Cause.Overrun);
        card.Acknowledge(Cause.DataReady);
        Assert.Equal(1, Sent);
        RunMicroseconds(101);
        Assert.Equal(2, Sent);
    }

    [Fact]
    public void ANewRuleReleasesWhatWasGathered()
    {
        Begin(RearmPolicy.PerEvent, count: 9, microseconds: 0);
        card.Raise(Cause.DataReady);
        Moderate(0, 0);
        Assert.Equal(1, Sent);
        card.Raise(Cause.DataReady);
        Assert.Equal(2, Sent);
    }

    [Fact]
    public void ReroutingSendsWhatWasGatheredOnItsNewVectors()
    {
        Begin(RearmPolicy.PerEvent, count: 9, microseconds: 0);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.Overrun);
        card.Write("INT_ROUTING", 1);
        Assert.Equal([0, 1], card.Vectors);
        // The second had been counted as gathered with the first: no counter goes back.
        Assert.Equal(new InterruptCounters(Raised: 2, Sent: 2, Masked: 0, Collapsed: 1, Resent: 1), card.Card.Interrupts);
    }

    [Fact]
    public void AStatusBlockGoesBeforeAMessageThatTimeReleases()
    {
        card.EnableStatusBlock();
        Begin(RearmPolicy.PerEvent, count: 0, microseconds: 100);
        card.Raise(Cause.DataReady);
        card.Acknowledge(Cause.DataReady);
        card.Raise(Cause.Test);
        RunMicroseconds(101);
        Assert.Equal(FakeHost.MsiAddress, card.Host.Sent[^1].Tlp.Address);
        Assert.Equal(DaqHost.StatusBase, card.Host.Sent[^2].Tlp.Address);
        Assert.Equal(1u << (int)Cause.Test, StatusBlock.Read(card.Host.Sent[^2].Payload).Causes);
    }

    [Fact]
    public void ResetForgetsWhatWasGathered()
    {
        Begin(RearmPolicy.PerEvent, count: 0, microseconds: 100);
        card.Raise(Cause.DataReady);
        card.Host.Function.Reset();
        card.Host.Enable().EnableMsi();
        RunMicroseconds(200);
        Assert.Equal(0, Sent);
        Assert.True(card.Host.Timeline.NextDue == SimTime.Never);
    }

    [Fact]
    public void EveryRaiseSendsAMessageOrCollapsesOrIsHeldBackUnderAnyPolicyAndRule() =>
        Gen.Select(Gen.Enum<RearmPolicy>(), Gen.UInt[0, 4], Gen.UInt[0, 50], Gen.Int[0, 6].Array[1, 60]).Sample(
            (policy, count, microseconds, steps) =>
            {
                using var test = new ModerationTests();
                test.Begin(policy, count, microseconds);
                test.Moderate(2, 7, vector: 1);
                foreach (var step in steps)
                {
                    switch (step)
                    {
                        case 0: test.card.Acknowledge(Cause.DataReady); break;
                        case 1: test.card.Rearm(uint.MaxValue); break;
                        case 2: test.RunMicroseconds(20); break;
                        case 3: test.card.Write("INT_ROUTING", ~test.card.Read("INT_ROUTING") & 1); break;
                        case 4: test.card.Raise(Cause.Overrun, Cause.FifoOverflow); break;
                        default: test.card.Raise(Cause.DataReady); break;
                    }
                }
                for (var vector = 0u; vector < 8; vector++) test.Moderate(0, 0, vector);
                var now = test.card.Card.Interrupts;
                Assert.Equal(now.Raised, now.Sent - now.Resent + now.Masked + now.Collapsed);
                Assert.Equal(now.Sent, (ulong)test.Sent);
            },
            iter: 300, threads: 1);
}
