using Pcie.Emulator.Faults;
using Pcie.Telemetry;

namespace Pcie.Emulator.Hosting;

/// <summary>What a card counts, as metrics: the names of <c>emu stats</c> behind <c>pcie.card</c>.</summary>
internal static class CardMetrics
{
    // What is late may still be made.
    private static readonly string[] Gauges = ["chunks.in-card", "chunks.not-produced"];

    // A card without faults does not count them.
    private static readonly string[] Later =
        [.. Enum.GetValues<FaultKind>().Select(kind => $"faults.{FaultInjector.NameOf(kind)}"), "faults.lost-on-link"];

    public static CounterMetrics Of(CardHost card) => new("Pcie.Card", "pcie.card",
        () => card.GetStatistics().Counters.ToDictionary(counter => counter.Key, counter => (long)Math.Min(counter.Value, long.MaxValue)),
        Gauges, Later);
}
