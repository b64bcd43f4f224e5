using Pcie.Diagnosis.Facts;
using Pcie.Tables;
using Pcie.Time;
using static Pcie.Diagnosis.Verdicts.Cures;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>The verdicts of interrupts that did not come, or not for each event; and of a driver that relies on one for each.</summary>
internal sealed class InterruptVerdicts
{
    // So many runs that leave something behind make a driver fall behind.
    private const int FewOwed = 10;

    // A timer comes with a clock interrupt, and has to come twice.
    private static readonly Duration Ticks = Duration.FromMilliseconds(2 * 16);

    private readonly Situation situation;
    private readonly TraceFacts? facts;
    private readonly StreamFacts? stream;

    // Quiet times that are a good part of the time from chunk to chunk, by beginning: what is shorter, the way of a message may explain.
    private readonly List<QuietWait> quiet = [];
    private readonly Dictionary<long, QuietWait> quietOf = [];
    private readonly Lazy<bool> isMain;
    private IReadOnlyList<Cure>? rearming;

    public InterruptVerdicts(Situation situation)
    {
        (this.situation, facts, stream) = (situation, situation.Facts, situation.Stream);
        isMain = new Lazy<bool>(() => facts!.Stream.Overruns is { Count: > 0 } overruns && facts.Counts.LostOnLink == 0
            && !situation.LosesElsewhere && 2 * overruns.Count(overrun => QuietBefore(overrun.Chunk, overrun.At) is not null) >= overruns.Count);
        if (facts is null) return;
        var period = facts.Stream.Period.Nanoseconds;
        quiet = [.. facts.Interrupts.Quiet.Where(one => !one.WasLeft && one.Length.Nanoseconds > period / 4)];
        foreach (var one in quiet) quietOf.TryAdd(one.Chunk, one);
    }

    // No run takes more than one chunk, though some had more to take. With one slot there never is more.
    private bool DoesNotDrain => facts is { Drain: { RunsThatOwed: > 0, MaxCopied: 1 }, Stream.Slots: not 1 };

    /// <summary>Whether a driver that does not drain falls behind by it: there are runs enough that leave something.</summary>
    public bool FallsBehind => DoesNotDrain && 20 * facts!.Drain.RunsThatOwed >= facts.Drain.RunsThatCopied;

    /// <summary>The verdict of such a driver.</summary>
    public Verdict NotDraining => new(VerdictKind.DpcNotDraining,
        Text($"the DPC does not drain: of {facts!.Drain.RunsThatCopied:#,0} runs that copied, ")
            + Text($"{facts.Drain.RunsThatOwed:#,0} answered several interrupts, ")
            + "and none copied more than one chunk",
        [new Cure(facts.Stream.Overruns.Count > 0 && facts.Drain.RunsThatOwed >= FewOwed ? CureHelp.Would : CureHelp.May,
            "a DPC that copies until nothing is left: one run may stand for several interrupts", "driver.drain=all")]);

    private long MessagesLost => facts?.Counts.Interrupts.Lost ?? 0;

    /// <summary>The verdict of a chunk for which no interrupt came; null if one was on its way.</summary>
    public Verdict? OfOverrun(long chunk, SimTime at) => QuietBefore(chunk, at) is { } lost ? Promised(OfMany(KindOf(lost), [lost])) : null;

    /// <summary>What there is to say of the whole, each kind once.</summary>
    public IEnumerable<Verdict> OfAll()
    {
        if (DoesNotDrain) yield return NotDraining;
        var kinds = quiet.GroupBy(KindOf).OrderBy(kind => kind.Key).ToList();
        foreach (var kind in kinds) yield return Promised(OfMany(kind.Key, [.. kind]));
        if (facts is null) yield break;
        if (MessagesLost > 0 && !kinds.Exists(kind => kind.Key == VerdictKind.MessageLost)) yield return LostWithoutHarm;
        if (facts.Interrupts.LostFound.Count > 0
            && !kinds.Exists(kind => kind.Key is VerdictKind.LostEdge or VerdictKind.StuckCause or VerdictKind.MessageLost))
            yield return Promised(FoundByWatchdog);
        if (!DoesNotDrain && Collapse() is { } collapse) yield return collapse;
    }

    // What costs no more than a few of the chunks, another run may make up for by chance; and what was lost on a link that is down, no design mends.
    private Verdict Promised(Verdict verdict) => isMain.Value ? verdict : verdict with
    {
        Finding = verdict.Finding
            + (facts!.Counts.LostOnLink is > 0 and var lost ? Text($"; the link was down, and lost {Counted.Of(lost, "write")}") : ""),
        Cures = [.. verdict.Cures.Select(cure => cure.AtMostMay())],
    };

    private Verdict FoundByWatchdog => new(VerdictKind.LostEdge,
        Text($"an interrupt was lost: the driver's watchdog found a chunk for which none had come {Times(facts!.Interrupts.LostFound.Count)}"),
        Rearming);

    private Verdict LostWithoutHarm => new(VerdictKind.MessageLost, LostMessages + "; the next one's DPC took the chunk with its own",
        facts!.Counts.Chunks.Lost > 0 ? [] : [new(CureHelp.WouldNot,
            "a message that is masked until the re-arm: the first that is lost is the last, since nothing re-arms",
            "driver.rearm-policy=auto-mask")]);

    private string LostMessages => Text($"{MessagesLost:#,0} of {facts!.Counts.Interrupts.Sent:#,0} messages that the card sent never arrived");

    // A look that is not asked for by the card. It takes two of them to see that a chunk stays where it is.
    private Cure Polling => new(CureHelp.Would, "a timer that looks for data now and then: whatever loses a message, the next look finds the chunk",
        stream is { Slack.Nanoseconds: > 0 and var slack } ? Text($"driver.watchdog={Math.Max(1, slack / 4_000)}us") : "");

    // Promised where the policy is known to be one that has the race, and no message was on its way for long.
    private IReadOnlyList<Cure> Rearming => rearming ??= OfRearming();

    private IReadOnlyList<Cure> OfRearming()
    {
        var design = situation.KeepsUp && !quiet.Exists(one => one.End == QuietEnd.LateMessage) ? facts?.Counts.Design : null;
        return
        [
            new(design is { RearmPolicy: "auto-mask-lossy" or "on-non-zero" } ? CureHelp.Would : CureHelp.May,
                "a card that looks at its causes again when it is re-armed (auto-mask or level)", "driver.rearm-policy=level"),
            new(design is { RearmPolicy: "auto-mask-lossy", Drain: "all", LastLook: not "after-flushed-rearm" } ? CureHelp.Would : CureHelp.May,
                "a driver that re-arms, reads a register so that the write has arrived, and only then looks a last time",
                "driver.last-look=after-flushed-rearm"),
            // No timer comes as often as a clock interrupt, and it takes two looks.
            .. quiet.Exists(one => one.Length > Ticks) ? [Polling] : (Cure[])[],
        ];
    }

    // If the next message makes up for it anyway, it may come as soon as a timer.
    private IReadOnlyList<Cure> Losing => facts!.Counts.Design is { RearmPolicy: "per-event" } ? [Polling with { Help = CureHelp.May }]
        :
        [
            new(CureHelp.Would, "a message for every event, so that the next one makes up for a lost one", "driver.rearm-policy=per-event"),
            Polling,
            new(CureHelp.WouldNot, "another way of re-arming, or a last look: no DPC runs in which they would take place",
                "driver.last-look=after-flushed-rearm"),
        ];

    private VerdictKind KindOf(QuietWait quiet) => quiet.End switch
    {
        QuietEnd.LateMessage => VerdictKind.LateMessage,
        _ when MessagesLost > 0 => VerdictKind.MessageLost,
        QuietEnd.NextEvent when facts!.Counts.Interrupts.Delayed > 0 => VerdictKind.LateMessage,
        QuietEnd.EndOfTrace when quiet.Events > 1 => VerdictKind.StuckCause,
        _ => VerdictKind.LostEdge,
    };

    // The chunk's own, or one that lasted when it was destroyed.
    private QuietWait? QuietBefore(long chunk, SimTime at)
    {
        if (quietOf.TryGetValue(chunk, out var own)) return own;
        var (low, high) = (0, quiet.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (quiet[middle].From <= at) low = middle + 1;
            else high = middle;
        }
        return low > 0 && at <= quiet[low - 1].To ? quiet[low - 1] : null;
    }

    private Verdict OfMany(VerdictKind kind, IReadOnlyList<QuietWait> quiet)
    {
        var longest = quiet.MaxBy(one => one.Length);
        var where = Text($"chunk {longest.Chunk:#,0} lay there from {longest.From} for {longest.Length}");
        var times = $"{Times(quiet.Count)}, {(quiet.Count == 1 ? "when" : "the longest when")} {where}";
        return kind switch
        {
            VerdictKind.LateMessage => new Verdict(kind, $"a message came late: {times} before its message came",
                [new Cure(CureHelp.WouldNot,
                    "anything in the driver: look at what delays the card's writes (link power states, a switch, the root port)")]),
            VerdictKind.MessageLost => new Verdict(kind, Text($"a message was lost: {LostMessages}; {where}, and no ISR or DPC came for it")
                + (longest.End == QuietEnd.EndOfTrace ? ", nor any more to the end" : ""), Losing),
            VerdictKind.StuckCause => new Verdict(kind, Text($"no interrupt comes any more: {where}, {longest.Events:#,0} more came, and no message"),
                [new Cure(CureHelp.May, "clearing what is set before re-arming: a cause that stays set gives no further edge"), .. Rearming]),
            _ => new Verdict(kind,
                $"a lost edge, or the race of the last look with the re-arm: {times}, with no message, ISR or DPC on its way", Rearming),
        };
    }

    private Verdict? Collapse()
    {
        var (counts, drain) = (facts!.Counts.Interrupts, facts.Drain);
        var together = counts.CollapsedInCard + counts.CollapsedInApic + counts.Coalesced;
        if (together == 0) return null;
        IEnumerable<(long Count, string Words)> places = counts.Points.Count > 0 ? counts.Points.Select(point => (point.Value, point.Key))
            : [(counts.CollapsedInCard, "in the card"), (counts.CollapsedInApic, "at the processor"), (counts.Coalesced, "at the DPC")];
        var where = string.Join(", ", places.Where(place => place.Count > 0).Select(place => Text($"{place.Count:#,0} {place.Words}")));
        return new Verdict(VerdictKind.BenignCollapse,
            Text($"interrupts fell together, which is normal: {where}; the most that one run copied: {drain.MaxCopied:#,0}"), []);
    }

    private static string Times(long count) => count == 1 ? "once" : Text($"{count:#,0} times");
}
