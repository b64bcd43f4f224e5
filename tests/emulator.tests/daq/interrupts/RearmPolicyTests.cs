using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fixtures;

namespace Pcie.Emulator.Tests.Daq.Interrupts;

/// <summary>
/// Each re-arm policy (docs/registers.md: INT_POLICY, INT_REARM, INT_MASKED), and the race that it has or has not: something happens between the
/// driver's last look and its re-arming. Every cause is on vector 0 here.
/// </summary>
public sealed class RearmPolicyTests : IDisposable
{
    private readonly DaqHost card = new();

    public void Dispose() => card.Dispose();

    private void Begin(RearmPolicy policy)
    {
        card.Policy(policy);
        card.EnableCauses(Cause.DataReady, Cause.Overrun, Cause.Test);
    }

    private int Sent => card.Vectors.Count;

    [Fact]
    public void PerEventSendsForEveryRaiseWhateverIsSet()
    {
        Begin(RearmPolicy.PerEvent);
        for (var i = 1; i <= 5; i++)
        {
            card.Raise(Cause.DataReady);
            Assert.Equal(i, Sent);
        }
        card.Acknowledge(Cause.DataReady);
        card.Rearm();
        Assert.Equal(5, Sent);
    }

    [Fact]
    public void OnNonZeroSendsOnceUntilEverythingIsCleared()
    {
        Begin(RearmPolicy.OnNonZero);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.Overrun);
        Assert.Equal(1, Sent);
        card.Acknowledge(Cause.DataReady, Cause.Overrun);
        card.Raise(Cause.DataReady);
        Assert.Equal(2, Sent);
        Assert.Equal(2ul, card.Card.Interrupts.Collapsed);
    }

    [Fact]
    public void OnNonZeroIsStuckWhenTheDriverClearsOnlyWhatItHasRead()
    {
        Begin(RearmPolicy.OnNonZero);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.Overrun);
        card.Acknowledge(Cause.DataReady);
        card.Rearm();
        card.Raise(Cause.DataReady);
        card.Raise(Cause.DataReady);
        Assert.Equal(1, Sent);
    }

    [Fact]
    public void AutoMaskSendsOnceUntilRearmed()
    {
        Begin(RearmPolicy.AutoMask);
        card.Raise(Cause.DataReady);
        Assert.Equal(1u, card.Read("INT_MASKED"));
        card.Acknowledge(Cause.DataReady);
        card.Raise(Cause.Overrun);
        Assert.Equal(1, Sent);
    }

    [Fact]
    public void AutoMaskSendsAtRearmingWhatWasRaisedMeanwhile()
    {
        Begin(RearmPolicy.AutoMask);
        card.Raise(Cause.DataReady);
        card.Acknowledge(Cause.DataReady);
        card.Raise(Cause.DataReady);
        card.Rearm();
        Assert.Equal(2, Sent);
        card.Acknowledge(Cause.DataReady);
        card.Rearm();
        Assert.Equal(2, Sent);
        Assert.Equal(0u, card.Read("INT_MASKED"));
    }

    [Fact]
    public void LossyLosesWhatWasRaisedBeforeRearmingUntilTheNextRaise()
    {
        Begin(RearmPolicy.AutoMaskLossy);
        card.Raise(Cause.DataReady);
        card.Acknowledge(Cause.DataReady);
        card.Raise(Cause.DataReady);
        card.Rearm();
        Assert.Equal(1, Sent);
        Assert.Equal(1u, card.Read("INT_CAUSE"));
        card.Raise(Cause.DataReady);
        Assert.Equal(2, Sent);
    }

    [Fact]
    public void LossyDoesNotSendAStaleCauseWhenAnotherIsAcknowledged()
    {
        Begin(RearmPolicy.AutoMaskLossy);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.Overrun);
        card.Rearm();
        card.Acknowledge(Cause.DataReady);
        card.Write("INT_ROUTING", 0);
        Assert.Equal(1, Sent);
    }

    [Fact]
    public void LevelSendsAgainAtEveryAcknowledgeThatLeavesSomethingSet()
    {
        Begin(RearmPolicy.Level);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.Overrun);
        Assert.Equal(1, Sent);
        card.Acknowledge(Cause.DataReady);
        Assert.Equal(2, Sent);
        card.Rearm();
        Assert.Equal(3, Sent);
        card.Acknowledge(Cause.Overrun);
        card.Rearm();
        Assert.Equal(3, Sent);
        card.Raise(Cause.DataReady);
        Assert.Equal(4, Sent);
    }

    // (policy, messages when a cause that is set becomes enabled)
    [Theory]
    [InlineData(RearmPolicy.PerEvent, 0)]
    [InlineData(RearmPolicy.OnNonZero, 1)]
    [InlineData(RearmPolicy.AutoMask, 1)]
    [InlineData(RearmPolicy.AutoMaskLossy, 1)]
    [InlineData(RearmPolicy.Level, 1)]
    public void EnablingACauseThatIsSetIsSeenByAllButPerEvent(RearmPolicy policy, int messages)
    {
        card.Policy(policy);
        card.Raise(Cause.DataReady);
        Assert.Equal(0, Sent);
        card.EnableCauses(Cause.DataReady);
        Assert.Equal(messages, Sent);
        card.EnableCauses(Cause.DataReady);
        Assert.Equal(messages, Sent);
    }

    [Theory]
    [InlineData(RearmPolicy.PerEvent)]
    [InlineData(RearmPolicy.OnNonZero)]
    [InlineData(RearmPolicy.AutoMask)]
    [InlineData(RearmPolicy.AutoMaskLossy)]
    [InlineData(RearmPolicy.Level)]
    public void ADisabledCauseIsKeptInIntCauseAndSendsNothing(RearmPolicy policy)
    {
        card.Policy(policy);
        card.Raise(Cause.FifoOverflow);
        card.Raise(Cause.FifoOverflow);
        Assert.Equal(0, Sent);
        Assert.Equal(1u << (int)Cause.FifoOverflow, card.Read("INT_CAUSE"));
        Assert.Equal(2ul, card.Card.Interrupts.Masked);
    }

    // What a whole round of a driver sees under each policy: raise, acknowledge, race, re-arm. PerEvent sends the racing one at
    // once.
    [Theory]
    [InlineData(RearmPolicy.PerEvent, false)]
    [InlineData(RearmPolicy.OnNonZero, false)]
    [InlineData(RearmPolicy.AutoMask, false)]
    [InlineData(RearmPolicy.AutoMaskLossy, true)]
    [InlineData(RearmPolicy.Level, false)]
    public void OnlyLossyLosesARaiseBetweenAcknowledgeAndRearm(RearmPolicy policy, bool lost)
    {
        Begin(policy);
        card.Raise(Cause.DataReady);
        card.Acknowledge(Cause.DataReady);
        card.Host.Sent.Clear();
        card.Raise(Cause.DataReady);
        card.Rearm();
        Assert.Equal(lost, Sent == 0);
    }

    [Theory]
    [InlineData(RearmPolicy.AutoMask, 1)]
    [InlineData(RearmPolicy.AutoMaskLossy, 0)]
    public void AMessageLostToADisabledMsiMasksNothing(RearmPolicy policy, int sentWhenEnabled)
    {
        Begin(policy);
        card.Host.DisableMsi();
        card.Raise(Cause.DataReady);
        Assert.Equal(0u, card.Read("INT_MASKED"));
        card.Host.GrantMsi(0);
        Assert.Equal(sentWhenEnabled, Sent);
        card.Raise(Cause.DataReady);
        Assert.Equal(1, Sent);
    }

    [Fact]
    public void AMessageHeldByItsMaskBitMasksItsVectorAndComesOnce()
    {
        Begin(RearmPolicy.AutoMask);
        card.Host.ConfigWrite(ConfigOffset.MsiMask, 1);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.DataReady);
        card.Host.ConfigWrite(ConfigOffset.MsiMask, 0);
        Assert.Equal(1, Sent);
        Assert.Equal(new InterruptCounters(Raised: 2, Sent: 1, Masked: 1, Collapsed: 1, Resent: 0), card.Card.Interrupts);
    }

    [Fact]
    public void AnUnknownPolicyIsRefusedAndTheOldOneStays()
    {
        card.Policy(RearmPolicy.Level);
        card.Write("INT_POLICY", 5);
        Assert.Equal((uint)RearmPolicy.Level, card.Read("INT_POLICY"));
        Assert.Contains(new("interrupts.policies-refused", 1), card.Card.Statistics);
    }
}
