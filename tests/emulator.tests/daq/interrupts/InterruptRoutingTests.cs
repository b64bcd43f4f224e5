using CsCheck;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Daq.Interrupts;

/// <summary>
/// Causes → enable → routing → vector (docs/registers.md: INT_CAUSE, INT_ENABLE, INT_ROUTING, VECTOR_MAP, INT_TEST), for grants of 1 to 32 messages
/// of MSI (PCI Express Base Specification 7.7.1.2: Multiple Message Enable) and for tables of MSI-X of any size (7.7.2.2).
/// </summary>
public sealed class InterruptRoutingTests
{
    private static readonly Cause[] AllCauses = Enum.GetValues<Cause>();

    private static DaqHost Begin(int log2, bool perCause, int asked = 32)
    {
        var card = new DaqHost(DaqHost.Small with { MsiMessages = asked }, log2);
        card.EnableCauses(AllCauses);
        card.Write("INT_ROUTING", perCause ? 1u : 0);
        return card;
    }

    // INT_TEST: a bit raises its cause as the card's own event would.
    [Fact]
    public void SoftwareRaisesEachCauseAlone()
    {
        foreach (var cause in AllCauses)
        {
            using var card = Begin(log2: 3, perCause: true);
            card.Write("INT_TEST", 1u << (int)cause);
            Assert.Equal(1u << (int)cause, card.Read("INT_CAUSE"));
            Assert.Equal([(int)cause], card.Vectors);
            card.Acknowledge(cause);
            Assert.Equal(0u, card.Read("INT_CAUSE"));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    public void SharedRoutingSendsEveryCauseOnVectorZero(int log2)
    {
        using var card = Begin(log2, perCause: false);
        card.Raise(AllCauses);
        Assert.Equal([0, 0, 0, 0, 0, 0], card.Vectors);
        Assert.Equal(CauseBits.All, card.Read("INT_CAUSE"));
    }

    [Theory]
    [InlineData(0, 0, 0, 0, 0, 0, 0)]
    [InlineData(1, 0, 1, 0, 1, 0, 1)]
    [InlineData(2, 0, 1, 2, 3, 0, 1)]
    [InlineData(3, 0, 1, 2, 3, 4, 5)]
    [InlineData(4, 0, 1, 2, 3, 4, 5)]
    [InlineData(5, 0, 1, 2, 3, 4, 5)]
    public void PerCauseRoutingFoldsToTheMessagesGranted(int log2, params int[] expected)
    {
        using var card = Begin(log2, perCause: true);
        card.Raise(AllCauses);
        Assert.Equal(expected, card.Vectors);
    }

    [Fact]
    public void AnyMapFoldsAnyCauseForAnyGrant() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 31].Array[6]).Sample(
            (log2, map) =>
            {
                using var card = Begin(log2, perCause: true);
                card.Write("VECTOR_MAP0", (uint)(map[0] | map[1] << 8 | map[2] << 16 | map[3] << 24));
                card.Write("VECTOR_MAP1", (uint)(map[4] | map[5] << 8));
                card.Raise(AllCauses);
                Assert.Equal(map.Select(vector => vector & (1 << log2) - 1), card.Vectors);
            },
            iter: 200, threads: 1);

    [Fact]
    public void AnyMapFoldsAnyCauseToTheEntriesOfMsixWhateverTheirNumber() =>
        Gen.Select(Gen.Int[1, 40], Gen.Int[0, 31].Array[6]).Sample(
            (entries, map) =>
            {
                using var card = new DaqHost(DaqHost.Small with { MsixEntries = entries });
                card.Host.EnableMsix();
                card.EnableCauses(AllCauses);
                card.Write("INT_ROUTING", 1);
                card.Write("VECTOR_MAP0", (uint)(map[0] | map[1] << 8 | map[2] << 16 | map[3] << 24));
                card.Write("VECTOR_MAP1", (uint)(map[4] | map[5] << 8));
                card.Raise(AllCauses);
                Assert.Equal(map.Select(vector => vector % entries), card.Vectors);
            },
            iter: 100, threads: 1);

    [Fact]
    public void RoutingChangesAtRunTime()
    {
        using var card = Begin(3, perCause: false);
        card.Raise(Cause.Overrun);
        card.Write("INT_ROUTING", 1);
        card.Raise(Cause.Overrun);
        card.Write("INT_ROUTING", 0);
        card.Raise(Cause.Overrun);
        Assert.Equal([0, 1, 0], card.Vectors);
    }

    [Fact]
    public void AGrantThatShrinksFoldsWhatComesAfter()
    {
        using var card = Begin(3, perCause: true);
        card.Raise(Cause.Test);
        card.Host.GrantMsi(1);
        card.Raise(Cause.Test);
        card.Host.GrantMsi(0);
        card.Raise(Cause.Test);
        Assert.Equal([5, 1, 0], card.Vectors);
    }

    [Fact]
    public void EachVectorIsMaskedAndRearmedOnItsOwn()
    {
        using var card = Begin(3, perCause: true);
        card.Policy(RearmPolicy.AutoMask);
        card.Raise(Cause.DataReady, Cause.Overrun);
        Assert.Equal(0b11u, card.Read("INT_MASKED"));
        card.Rearm(0b10);
        Assert.Equal([0, 1, 1], card.Vectors);
        card.Acknowledge(Cause.Overrun);
        card.Rearm(0b10);
        Assert.Equal(0b01u, card.Read("INT_MASKED"));
    }

    [Fact]
    public void EveryRaiseSendsOrIsHeldOrCollapses() =>
        Gen.Select(Gen.Int[0, 4], Gen.Bool, Gen.Int[0, 7].Array[1, 60]).Sample(
            (policy, perCause, steps) =>
            {
                using var card = Begin(2, perCause, asked: 8);
                card.Policy((RearmPolicy)policy);
                var busMaster = true;
                foreach (var step in steps)
                    switch (step)
                    {
                        case 0: card.Acknowledge(Cause.DataReady); break;
                        case 1: card.Rearm(uint.MaxValue); break;
                        case 2: card.EnableCauses(Cause.Overrun); break;
                        case 3: card.EnableCauses(AllCauses); break;
                        case 4: card.Raise(Cause.Overrun, Cause.Test); break;
                        case 5: card.Host.ConfigWrite(ConfigOffset.MsiMask, 1); break;
                        case 6: card.Host.BusMaster(busMaster = !busMaster); break;
                        default: card.Raise(Cause.DataReady); break;
                    }
                card.Host.BusMaster(true);
                card.Host.ConfigWrite(ConfigOffset.MsiMask, 0);
                var i = card.Card.Interrupts;
                var raised = (ulong)card.Host.Traced(TraceKind.InterruptRaised).Count();
                Assert.Equal(raised, i.Raised);
                Assert.Equal((ulong)card.Vectors.Count, i.Sent);
                Assert.Equal((ulong)card.Host.Traced(TraceKind.InterruptCollapsed).Count(), i.Collapsed);
                // What was neither held nor collapsed left at once; the rest of the messages were sent again, or waited for their
                // mask bit.
                Assert.Equal(i.Raised - i.Masked - i.Collapsed + i.Resent + card.Host.Function.Counters.MessagesPending, i.Sent);
            },
            iter: 300, threads: 1);
}
