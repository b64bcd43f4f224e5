using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Facts;
using Pcie.Time;
using static Pcie.Diagnosis.Verdicts.Cures;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>
/// Concludes from what is known what went wrong. The rules, in their order: nothing rests on a recording that lacks events; a driver that leaves
/// what is there is to blame before any delay is; an interrupt that did not come, before one that came late; and what came in time had not room.
/// </summary>
public sealed class Judge
{
    /// <summary>A wait is explained if so much of it is.</summary>
    public const double Explained = 0.9;

    private readonly WaitAttribution attribution;
    private readonly TraceFacts? facts;
    private readonly StreamFacts? stream;

    // Quiet times that are a good part of the time from chunk to chunk, by beginning: what is shorter, the way of a message may explain.
    private readonly List<QuietWait> quiet = [];
    private readonly Dictionary<long, QuietWait> quietOf = [];

    /// <param name="facts">Of a trace of ours; null for a recording of a real machine.</param>
    /// <param name="given">Of such a recording: what is known of the data from elsewhere, if anything is.</param>
    public Judge(WaitAttribution attribution, TraceFacts? facts, StreamFacts? given = null)
    {
        (this.attribution, this.facts, stream) = (attribution, facts, facts?.Stream ?? given);
        if (facts is null) return;
        var period = facts.Stream.Period.Nanoseconds;
        quiet = [.. facts.Interrupts.Quiet.Where(one => !one.WasLeft && one.Length.Nanoseconds > period / 4)];
        foreach (var one in quiet) quietOf.TryAdd(one.Chunk, one);
    }

    // No run takes more than one chunk, though some had more to take. With one slot there never is more.
    private bool DoesNotDrain => facts is { Drain: { RunsThatOwed: > 0, MaxCopied: 1 }, Stream.Slots: not 1 };

    /// <summary>Why a chunk was overrun.</summary>
    public Verdict OfOverrun(long chunk, SimTime at, Wait? wait)
    {
        if (attribution.Losses.Count > 0) return Incomplete;
        if (DoesNotDrain) return NotDraining;
        if (QuietBefore(chunk, at) is { } lost) return OfMany(KindOf(lost), [lost]);
        if (wait is null || (!wait.IsOfIsr && IsInTime(wait))) return TooSmall(wait);
        return Late(wait);
    }

    /// <summary>What there is to say of the whole, overruns or not; each kind once.</summary>
    public IReadOnlyList<Verdict> OfAll()
    {
        if (attribution.Losses.Count > 0) return [Incomplete];
        var verdicts = new List<Verdict>();
        if (DoesNotDrain) verdicts.Add(NotDraining);
        foreach (var kind in quiet.GroupBy(KindOf).OrderBy(kind => kind.Key)) verdicts.Add(OfMany(kind.Key, [.. kind]));
        if (facts is { Interrupts.LostFound.Count: > 0 }
            && !verdicts.Exists(verdict => verdict.Kind is VerdictKind.LostEdge or VerdictKind.StuckCause))
            verdicts.Add(FoundByWatchdog);
        if (facts is not null && !DoesNotDrain && Collapse() is { } collapse) verdicts.Add(collapse);
        return verdicts;
    }

    /// <summary>Of a wait that cost no chunk: whether it was long, and why.</summary>
    public Verdict OfWait(Wait wait)
    {
        if (attribution.Losses.Count > 0) return Incomplete;
        var late = Late(wait);
        var limit = stream is { Slack: { Nanoseconds: > 0 } slack } ? slack : Guidance.Dpc;
        return wait.Delay + (wait.Ended - wait.Began) >= limit ? late : new Verdict(VerdictKind.InTime, Text(
            $"in time, with {limit - wait.Delay} to spare of the {limit} that ")
                + (stream is { Slack.Nanoseconds: > 0 } ? "the DMA buffer gives" : "the guidance for a DPC allows"), []);
    }

    private static Verdict Incomplete => new(VerdictKind.None,
        "no verdict: events are missing from the recording, and what is missing may be the cause",
        [new Cure(true, "another recording with more or larger buffers, to a fast disk, and with fewer kinds of events (docs/recordings.md)")]);

    private Verdict NotDraining => new(VerdictKind.DpcNotDraining,
        Text($"the DPC does not drain: of {facts!.Drain.RunsThatCopied:#,0} runs that copied, ")
            + Text($"{facts.Drain.RunsThatOwed:#,0} answered several interrupts, ")
            + "and none copied more than one chunk",
        [new Cure(true, "a DPC that copies until nothing is left: one run may stand for several interrupts")]);

    private Verdict FoundByWatchdog => new(VerdictKind.LostEdge,
        Text($"an interrupt was lost: the driver's watchdog found a chunk for which none had come {Times(facts!.Interrupts.LostFound.Count)}"),
        Rearming);

    private static IReadOnlyList<Cure> Rearming =>
    [
        new(true, "a card that looks at its causes again when it is re-armed (auto-mask or level)"),
        new(true, "a driver that re-arms, reads a register so that the write has arrived, and only then looks a last time"),
        new(true, "a timer that looks for data now and then: whatever loses a message, the next look finds the chunk"),
    ];

    private static VerdictKind KindOf(QuietWait quiet) => quiet.End switch
    {
        QuietEnd.LateMessage => VerdictKind.LateMessage,
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

    private static Verdict OfMany(VerdictKind kind, IReadOnlyList<QuietWait> quiet)
    {
        var longest = quiet.MaxBy(one => one.Length);
        var where = Text($"chunk {longest.Chunk:#,0} lay there from {longest.From} for {longest.Length}");
        return kind switch
        {
            VerdictKind.LateMessage => new Verdict(kind, Text($"a message came late {Times(quiet.Count)}: {where} before its message came"),
                [new Cure(false, "anything in the driver: look at what delays the card's writes (link power states, a switch, the root port)")]),
            VerdictKind.StuckCause => new Verdict(kind, Text($"no interrupt comes any more: {where}, {longest.Events:#,0} more came, and no message"),
                [new Cure(true, "clearing what is set before re-arming: a cause that stays set gives no further edge"), .. Rearming]),
            _ => new Verdict(kind, 
                Text($"a lost edge, or the race of the last look with the re-arm, {Times(quiet.Count)}: ")
                    + Text($"{where}, with no message, ISR or DPC on its way"), Rearming),
        };
    }

    private bool IsInTime(Wait wait)
    {
        if (facts is not { Stream: { Slots: > 0 } stream } || stream.Period == Duration.Zero) return false;
        // One slot is being written while the others wait to be copied. With a single one, the next chunk is the limit.
        return (wait.Delay + (wait.Ended - wait.Began)).Nanoseconds < Math.Max(1, stream.Slots - 1) * stream.Period.Nanoseconds;
    }

    private Verdict TooSmall(Wait? wait)
    {
        var stream = facts!.Stream;
        var room = stream.Slots > 0 ? Text($"the DMA buffer of {stream.Slots:#,0} slot{(stream.Slots == 1 ? "" : "s")}") : "the DMA buffer";
        var inTime = wait is null ? "no DPC of the driver waited" : Text($"the DPC came after {wait.Delay}");
        return new Verdict(VerdictKind.RingTooSmall, Text($"{room} is too small: {inTime}, while a chunk came every {stream.Period} on average"),
            [
                new Cure(true, "more slots, for what comes at once"),
                new Cure(true, "if the DPC takes longer than a chunk, a faster copy, or none: the slot itself given to the reader"),
            ]);
    }

    private Verdict Late(Wait wait)
    {
        var unexplained = wait.Shares[^1].Time;
        var explained = wait.Delay == Duration.Zero ? 1 : 1 - (double)unexplained.Nanoseconds / wait.Delay.Nanoseconds;
        var top = wait.Shares[0];
        var most = wait.Shares.Count == 1 ? "nothing that is recorded ran" : Text($"{Name(top)} had {Part(top.Time, wait.Delay)} of it");
        if (ThreadsIn(wait) is { } thread) most += $"; {thread}";
        var cures = Cures.Of(wait, stream);
        if (facts is null && explained < Explained && !attribution.HasThreads) cures = [.. cures, ShowThreads];
        var (kind, what) = wait.IsOfIsr ? (VerdictKind.LateIsr, "a late ISR") : (VerdictKind.LateDpc, "a late DPC");
        return new Verdict(kind, explained >= Explained
            ? Text($"{what}: {Part(wait.Delay - unexplained, wait.Delay)} of the wait is explained; {most}")
            : Text($"{what}, of which {Part(unexplained, wait.Delay)} is not explained by what was recorded; {most}"), cures);
    }

    // Of a thread that had the processor while a DPC waited, no recording tells the IRQL.
    private static string? ThreadsIn(Wait wait)
    {
        var threads = wait.Shares.Where(share => share.Kind == ShareKind.Thread).ToList();
        var time = new Duration(threads.Sum(share => share.Time.Nanoseconds));
        if (!IsWorthwhile(time, wait) && wait.Samples.Count == 0) return null;
        var samples = wait.Samples.Sum(sample => sample.Count);
        var sampled = samples == 0 ? "" : Text($", {wait.Samples[0].Count:#,0} of {samples:#,0} samples in {wait.Samples[0].Source}");
        return IsWorthwhile(time, wait)
            ? Text($"the thread {threads[0].Source} had the processor although the DPC waited{sampled}: at raised IRQL (a spin lock), ")
                + "or nobody had asked for the DPC interrupt"
            : Text($"no ISR or DPC ran meanwhile{sampled}: a thread at raised IRQL, unless nobody had asked for the DPC interrupt");
    }

    private static Cure ShowThreads => new(true, "a recording that has context switches and a profiler's samples too (docs/recordings.md): this one "
        + "shows no thread, so that one at raised IRQL is not told from dispatch");

    private Verdict? Collapse()
    {
        var (counts, drain) = (facts!.Counts, facts.Drain);
        var together = counts.CollapsedInCard + counts.CollapsedInApic + counts.Coalesced;
        if (together == 0) return null;
        var where = counts.Points.Count > 0 ? string.Join(", ", counts.Points.Select(point => Text($"{point.Value:#,0} at {point.Key}")))
            : Text($"{counts.CollapsedInCard:#,0} in the card, {counts.CollapsedInApic:#,0} in the local APIC, {counts.Coalesced:#,0} at the DPC");
        return new Verdict(VerdictKind.BenignCollapse,
            Text($"interrupts fell together, which is normal: {where}; the most that one run copied: {drain.MaxCopied:#,0}"), []);
    }

    private static string Name(Share share) => share.Kind switch
    {
        ShareKind.Deferred => "nobody having asked for the DPC interrupt",
        ShareKind.AlreadyRunning => share.Source + ", already running when the interrupt came,",
        _ => share.Source,
    };

    private static string Part(Duration part, Duration whole) =>
        whole == Duration.Zero ? "all" : Text($"{100.0 * part.Nanoseconds / whole.Nanoseconds:0.0} %");

    private static string Times(long count) => count == 1 ? "once" : Text($"{count:#,0} times");
}
