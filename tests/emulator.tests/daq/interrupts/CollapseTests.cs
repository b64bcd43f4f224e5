using CsCheck;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Daq.Interrupts;

/// <summary>
/// The points in a card at which events fall together on their way to a message; the two behind it, local APIC and DPC, are the host's. In each test
/// four events come to one point, and that point's counter alone tells of the three that went no further.
/// <code>
/// event ─► cause bit ─► enable ─► moderation ─► re-arm mask, active vector ─► pending bit ─► message
/// </code>
/// </summary>
public sealed class CollapseTests : IDisposable
{
    private readonly DaqHost card = new();

    public CollapseTests() => card.EnableCauses(Enum.GetValues<Cause>());

    public void Dispose() => card.Dispose();

    private Dictionary<string, ulong> Points =>
        card.Card.Statistics.Concat(card.Host.Function.Statistics).Where(c => c.Key.StartsWith("collapse.") && c.Value > 0).ToDictionary(c => c.Key["collapse.".Length..], c => c.Value);

    // Raised: one message at once, and the others at the point, once under its sum and once under its name.
    private void AssertOnly(string point, string name, int messages = 1)
    {
        Assert.Equal([new($"{point}", 3), new($"{point}.{name}", 3)], Points.OrderBy(p => p.Key));
        Assert.Equal(messages, card.Vectors.Count);
        var counts = card.Card.Interrupts;
        Assert.Equal((4ul, 3ul), (counts.Raised, counts.Masked + counts.Collapsed));
    }

    [Theory]
    [InlineData(RearmPolicy.OnNonZero)]
    [InlineData(RearmPolicy.AutoMask)]
    [InlineData(RearmPolicy.AutoMaskLossy)]
    [InlineData(RearmPolicy.Level)]
    public void AtTheCauseBit(RearmPolicy policy)
    {
        card.Policy(policy);
        for (var i = 0; i < 4; i++) card.Raise(Cause.Test);
        AssertOnly("cause-bit", "TEST");
        Assert.Contains(new("interrupts.repeated.TEST", 3), card.Card.Statistics);
    }

    // The register shows one event for four; their messages go all the same, and nothing has ended here.
    [Fact]
    public void WithAMessagePerEventACauseBitHoldsNothingBackAndTheRepeatsAreCounted()
    {
        for (var i = 0; i < 4; i++) card.Raise(Cause.Test);
        Assert.Empty(Points);
        Assert.Equal(4, card.Vectors.Count);
        Assert.Contains(new("interrupts.repeated.TEST", 3), card.Card.Statistics);
        Assert.Contains(new("interrupts.repeated", 3), card.Card.Statistics);
    }

    [Fact]
    public void AtTheEnable()
    {
        card.EnableCauses(Cause.DataReady);
        card.Raise(Cause.DataReady);
        for (var i = 0; i < 3; i++)
        {
            card.Raise(Cause.Overrun);
            card.Acknowledge(Cause.Overrun);
        }
        AssertOnly("enable", "OVERRUN");
    }

    [Theory]
    [InlineData(RearmPolicy.PerEvent)]
    [InlineData(RearmPolicy.AutoMask)]
    public void AtTheModeration(RearmPolicy policy)
    {
        card.Policy(policy);
        card.Write("INT_MODERATION0", 100u << 16);
        foreach (var cause in (Cause[])[Cause.DataReady, Cause.Overrun, Cause.DmaError, Cause.Test]) card.Raise(cause);
        card.Host.RunFor(Duration.FromMicroseconds(101));
        AssertOnly("moderation", "vector-0");
    }

    [Theory]
    [InlineData(RearmPolicy.AutoMask)]
    [InlineData(RearmPolicy.AutoMaskLossy)]
    public void AtTheMaskUntilTheRearm(RearmPolicy policy)
    {
        card.Write("INT_ROUTING", 1);
        card.Policy(policy);
        for (var i = 0; i < 4; i++)
        {
            card.Raise(Cause.DmaError);
            card.Acknowledge(Cause.DmaError);
        }
        AssertOnly("rearm-mask", "vector-2");
    }

    [Theory]
    [InlineData(RearmPolicy.OnNonZero)]
    [InlineData(RearmPolicy.Level)]
    public void AtAVectorThatAnotherCauseHasMadeActive(RearmPolicy policy)
    {
        card.Policy(policy);
        foreach (var cause in (Cause[])[Cause.DataReady, Cause.Overrun, Cause.DmaError, Cause.Test]) card.Raise(cause);
        AssertOnly("vector-active", "vector-0");
    }

    // PCI Express Base Specification 6.1.4.5: a masked message has one pending bit, and goes once when it is unmasked.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AtThePendingBit(bool msix)
    {
        if (msix) card.Host.DisableMsi();
        if (msix) card.Host.EnableMsix();
        card.Write("INT_ROUTING", 1);
        Mask(true);
        for (var i = 0; i < 4; i++)
        {
            card.Raise(Cause.Overrun);
            card.Acknowledge(Cause.Overrun);
        }
        Assert.Equal([new("pending-bit", 3), new("pending-bit.message-1", 3)], Points.OrderBy(p => p.Key));
        Assert.Equal(new InterruptCounters(Raised: 4, Sent: 0, Masked: 1, Collapsed: 3, Resent: 0), card.Card.Interrupts);
        Mask(false);
        Assert.Equal([1], card.Vectors);

        void Mask(bool on)
        {
            if (msix) card.Host.ConfigWrite(ConfigOffset.MsixControl, on ? 0xC000_0000 : 0x8000_0000, at: 2, count: 2);
            else card.Host.ConfigWrite(ConfigOffset.MsiMask, on ? 2u : 0);
        }
    }

    // What had been gathered for a message that a reset forgets has ended where it was gathered.
    [Fact]
    public void AResetLeavesNoRaiseUnaccountedFor()
    {
        card.Write("INT_MODERATION0", 100u << 16);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.Overrun);
        card.Host.Function.Reset();
        Assert.Equal(new InterruptCounters(Raised: 2, Sent: 0, Masked: 0, Collapsed: 2, Resent: 0), card.Card.Interrupts);
        Assert.Equal(2ul, Points["moderation.vector-0"]);
    }

    [Fact]
    public void EveryRaiseSendsOrEndsAtOnePointWhateverIsDone() =>
        Gen.Select(Gen.Enum<RearmPolicy>(), Gen.UInt[0, 3], Gen.UInt[0, 40], Gen.Int[0, 10].Array[1, 80]).Sample(
            (policy, count, microseconds, steps) =>
            {
                using var test = new CollapseTests();
                test.card.Policy(policy);
                test.card.Write("INT_MODERATION0", count | microseconds << 16);
                test.card.Write("INT_MODERATION1", 3);
                foreach (var step in steps) Do(test.card, step);
                var counts = test.card.Card.Interrupts;
                var ended = test.Points.Where(p => !p.Key.Contains('.')).Aggregate(0ul, (sum, p) => sum + p.Value);
                var gathering = counts.Raised - (counts.Sent - counts.Resent) - counts.Masked - counts.Collapsed;
                Assert.Equal(counts.Masked + counts.Collapsed, ended);
                Assert.InRange(gathering, 0ul, 2ul);
                // By name as in sum.
                foreach (var (point, sum) in test.Points.Where(p => !p.Key.Contains('.')))
                    Assert.Equal(sum, test.Points.Where(p => p.Key.StartsWith($"{point}.")).Aggregate(0ul, (all, p) => all + p.Value));
            },
            iter: 500, threads: 1);

    private static void Do(DaqHost card, int step)
    {
        switch (step)
        {
            case 0: card.Acknowledge(Cause.DataReady); break;
            case 1: card.Acknowledge(Enum.GetValues<Cause>()); break;
            case 2: card.Rearm(uint.MaxValue); break;
            case 3: card.Host.RunFor(Duration.FromMicroseconds(15)); break;
            case 4: card.Write("INT_ROUTING", ~card.Read("INT_ROUTING") & 1); break;
            case 5: card.Raise(Cause.Overrun, Cause.Test); break;
            case 6: card.EnableCauses(Cause.DataReady, Cause.Overrun); break;
            case 7: card.EnableCauses(Enum.GetValues<Cause>()); break;
            case 8: card.Host.GrantMsi(card.Read("INT_MASKED") == 0 ? 1 : 3); break;
            default: card.Raise(Cause.DataReady); break;
        }
    }
}
