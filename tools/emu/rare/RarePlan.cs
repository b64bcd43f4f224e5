using Pcie.Diagnosis.Rates;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Time;

namespace Pcie.Emu.Rare;

/// <summary>
/// How a scenario's rare events are estimated: which sources are rare, how long one of them matters, and how often each is made to occur. What is
/// rare occurs by itself, and as often as its share, together with others; in the rest of the time none does.
/// </summary>
internal sealed record RarePlan
{
    // Rarer than this many windows: what there is to gain is nearly as much.
    private const double RareFrom = 50;

    // A stratum without a loss has an upper limit of 3.7 occurrences' worth: half of the precision for each.
    private const double Wanted = 7.4;
    private const int FewestSingles = 400, FewestOfPart = 100, MostSingles = 30_000, FewestPairs = 200, MostPairs = 5_000, Triples = 60;
    private static readonly Duration LongestRest = Duration.FromSeconds(1_800);

    // What comes less often than so many times in the rest is not to be learned from it.
    private const int LeastSeen = 20;

    public required IReadOnlyList<RareSource> Sources { get; init; }

    /// <inheritdoc cref="RareSetting.Window"/>
    public required Duration Window { get; init; }

    /// <summary>How long the rest is simulated for each seed.</summary>
    public required Duration Rest { get; init; }

    /// <inheritdoc cref="RareSetting.Precision"/>
    public required double Precision { get; init; }

    public required int Seeds { get; init; }

    /// <summary>Occurrences of all of them a day.</summary>
    public double PerDay => Sources.Sum(source => source.PerDay);

    public RareSetting Setting => new(
        [
            .. Singles.Select(single => new RareStratum(single.Source.NameOf(single.Part), PerDayOf(single))),
            new RareStratum($"two within {Window}", PerDay * Alone * Alone * (1 - Alone)),
            new RareStratum($"three or more, each within {Window}", PerDay * Alone * (1 - Alone) * (1 - Alone)),
        ], Alone, Window, Precision);

    /// <summary>The strata of one occurrence by itself, in the order of <see cref="Setting"/>: of which source, and how long it lasts.</summary>
    public IReadOnlyList<(RareSource Source, (double From, double To) Part)> Singles =>
        [.. Sources.SelectMany(source => source.Parts.Select(part => (source, part)))];

    // The probability that none occurs in a window.
    private double Alone => Math.Exp(-PerDay * Window.Nanoseconds / 86_400e9);

    /// <summary>How often each stratum is made to occur for each seed, at the least and at the most.</summary>
    public IReadOnlyList<(int Least, int Most)> Occurrences =>
        [
            .. Singles.Select(single => PerSeed(PerDayOf(single), single.Part.From < 1 ? FewestOfPart : FewestSingles, MostSingles)),
            PerSeed(Setting.Strata[^2].PerDay, FewestPairs, MostPairs),
            PerSeed(0, Triples, Triples),
        ];

    /// <param name="rest">How long the rest is simulated; null for the usual.</param>
    /// <returns>A plan, or why there is none.</returns>
    public static (RarePlan? Plan, string? Why) Of(HostScenario host, DaqCardOptions card, double precision, int seeds, Duration? rest)
    {
        var all = host.Machine.Interference;
        if (card.Faults.Count > 0) return (null, "its card fails at times or counts of its own ([[card.fault]])");
        if (card is { Source: SourceKind.File, Repeat: false }) return (null, "its source ends");
        if (all.OfType<PlaybackInterference>().FirstOrDefault() is { } playback)
            return (null, $"{playback.Name} is a recording, of which there is no more than was recorded");
        var recurring = all.OfType<RecurringInterference>().ToList();
        if (recurring.Find(source => source.At.Count > 0) is { } once) return (null, $"{once.Name} comes at times that the scenario gives (at)");
        var length = rest ?? (host.Run.Duration < LongestRest ? host.Run.Duration : LongestRest);
        var rare = recurring.Where(source => source is { BurstBegins: 0, Interval.MemorylessMean: { } mean }
            && mean.Nanoseconds >= RareFrom * WindowOf(source, all, card).Nanoseconds).ToList();
        var tooSeldom = recurring.Except(rare).FirstOrDefault(source => source.Interval is { } interval
            && (interval.MemorylessMean is null || source.BurstBegins > 0)
            && InterferenceWork.MeanOf(interval).Nanoseconds > (source.Phase is null ? 1 : source.Chance) * length.Nanoseconds / LeastSeen);
        if (tooSeldom is not null)
            return (null, $"{tooSeldom.Name} comes seldom and not at random: it may be in step with what else there is");
        // What follows a rare source is a part of its occurrences; what follows another one comes in the rest, and nothing makes it come more often.
        if (recurring.Find(source => source.Follows is not null && ComesWithLeader(source) is > 0 and var rate
            && rate * length.Nanoseconds < LeastSeen) is { } follower)
            return (null, $"{follower.Name} comes seldom, when it follows {follower.Follows}: only the occurrences of a source that comes by itself "
                + "can be made more frequent");
        if (rare.Count == 0) return (null, "nothing in it comes seldom and at random");
        var plan = new RarePlan
        {
            Sources = [.. rare.Select(RareSource.Of)],
            Window = rare.Max(source => WindowOf(source, all, card)), Rest = length, Precision = precision, Seeds = seeds,
        };
        return plan.Alone < 0.8 ? (null, "what is rare in it is not rare enough: its occurrences would overlap") : (plan, null);

        // In the rest, by nanosecond.
        double ComesWithLeader(RecurringInterference source) =>
            recurring.Find(leader => leader.Name == source.Follows) is { } leader ? source.Chance * source.Burst * Comes(leader) : 0;

        double Comes(RecurringInterference source) => ComesWithLeader(source) + (source.Interval is null || rare.Contains(source) ? 0
            : (source.Phase is null ? 1 : source.Chance) * source.Burst / Math.Max(1, InterferenceWork.MeanOf(source.Interval).Nanoseconds));
    }

    /// <summary>A machine on which what is rare occurs when an itinerary says.</summary>
    /// <param name="stratum">As in <see cref="Setting"/>: how long the occurrences last.</param>
    public HostScenario Raised(HostScenario host, RareItinerary itinerary, int stratum) => With(host, itinerary.Length, source =>
    {
        var raised = source with { Interval = null, At = itinerary.TimesOf(source.Name) };
        return stratum < Singles.Count && Singles[stratum] is { Source.IsParted: true, Part: var part } single && single.Source.Name == source.Name
            ? InterferenceWork.Parted(raised, part) : raised;
    });

    /// <summary>The machine without what is rare.</summary>
    public HostScenario Calm(HostScenario host) => With(host, Rest, source => source with { Interval = null, At = [] });

    private HostScenario With(HostScenario host, Duration length, Func<RecurringInterference, RecurringInterference> rarely) => host with
    {
        Run = host.Run with { Duration = length },
        IsOwnDuration = false,
        Machine = host.Machine with
        {
            // It stays connected, so that everything else has the vectors that it has.
            Interference = [.. host.Machine.Interference.Select(source => source is RecurringInterference recurring
                && Sources.Any(rare => rare.Name == source.Name) ? rarely(recurring) : source)],
        },
    };

    private double PerDayOf((RareSource Source, (double From, double To) Part) single) =>
        single.Source.PerDay * (single.Part.From - single.Part.To) * Alone * Alone;

    private (int Least, int Most) PerSeed(double perDay, int fewest, int most)
    {
        var wanted = Math.Clamp(Wanted * perDay / Precision, fewest, Math.Max(fewest, most * Math.Max(1, 0.01 / Precision)));
        return ((int)Math.Ceiling((double)fewest / Seeds), (int)Math.Ceiling(wanted / Seeds));
    }

    // Until the machine has long recovered: it is checked by when losses come.
    private static Duration WindowOf(RecurringInterference source, IReadOnlyList<InterferenceOptions> all, DaqCardOptions card) =>
        new(2 * InterferenceWork.LongestOf(source, all).Nanoseconds + 4 * card.Period.Nanoseconds);
}
