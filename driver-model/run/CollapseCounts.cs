using Pcie.Control;
using Pcie.DriverModel.Framework;
using Pcie.Trace;

namespace Pcie.DriverModel.Run;

/// <summary>How many events fell together, or waited, at each <see cref="CollapsePoint"/>: the card's counters, and those of the host.</summary>
internal static class CollapseCounts
{
    /// <summary>What is not zero, by point and name: <c>cause-bit.DATA_READY</c>, <c>apic.message-0</c>.</summary>
    public static IReadOnlyDictionary<string, long> Of(CardStatistics? card, IEnumerable<WdfInterrupt> interrupts)
    {
        var counts = new Dictionary<string, long>();
        if (card is not null)
            foreach (var (name, count) in card.Counters.OrderBy(counter => counter.Key, StringComparer.Ordinal)) Add(name, (long)count);
        foreach (var message in interrupts)
        {
            Add($"{CollapseCounter.NameOf(CollapsePoint.Apic)}.message-{message.MessageId}", message.Interrupt.Collapsed);
            Add($"{CollapseCounter.NameOf(CollapsePoint.Dpc)}.message-{message.MessageId}", message.Dpc.Coalesced);
        }
        return counts.OrderBy(count => CollapseCounter.PointOf(count.Key)).ToDictionary();

        // Other counters, and sums over a point, are left out.
        void Add(string name, long count)
        {
            if (count > 0 && name.StartsWith(CollapseCounter.Prefix, StringComparison.Ordinal) && name.Count('.') == 2)
                counts[name[CollapseCounter.Prefix.Length..]] = count;
        }
    }
}
