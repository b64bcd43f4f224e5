using Pcie.Control;
using Pcie.DriverModel.Framework;

namespace Pcie.DriverModel.Run;

/// <summary>
/// The points between an event in the card and its DPC at which several become one, or wait; each with its counters by cause, vector or message.
/// Those of the card it counts itself (<c>collapse.…</c>).
/// </summary>
public static class CollapsePoints
{
    private const string OfCard = "collapse.";

    /// <summary>In the order in which an event comes to them; the first six are the card's.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["cause-bit", "enable", "moderation", "rearm-mask", "vector-active", "pending-bit", "apic", "dpc"];

    /// <summary>What is not zero, by point and name: <c>cause-bit.DATA_READY</c>, <c>apic.message-0</c>.</summary>
    internal static IReadOnlyDictionary<string, long> Of(CardStatistics? card, IEnumerable<WdfInterrupt> interrupts)
    {
        var counts = new Dictionary<string, long>();
        foreach (var (name, count) in card?.Counters.OrderBy(counter => counter.Key, StringComparer.Ordinal) ?? Enumerable.Empty<KeyValuePair<string, ulong>>())
            if (name.StartsWith(OfCard, StringComparison.Ordinal) && name.Count('.') == 2) counts[name[OfCard.Length..]] = (long)count;
        foreach (var message in interrupts)
        {
            counts[$"apic.message-{message.MessageId}"] = message.Interrupt.Collapsed;
            counts[$"dpc.message-{message.MessageId}"] = message.Dpc.Coalesced;
        }
        return counts.Where(count => count.Value > 0).OrderBy(count => PointOf(count.Key)).ToDictionary();
    }

    /// <summary>Number of the point in <see cref="Names"/> that a path such as <c>apic.message-0</c> begins with; -1 for none.</summary>
    public static int PointOf(string path)
    {
        for (var point = 0; point < Names.Count; point++)
            if (path.StartsWith($"{Names[point]}.", StringComparison.Ordinal)) return point;
        return -1;
    }
}
