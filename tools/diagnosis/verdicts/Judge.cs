using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Facts;
using Pcie.Tables;
using Pcie.Time;
using static Pcie.Diagnosis.Verdicts.Cures;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>
/// Concludes from what is known what went wrong. The rules, in their order: nothing rests on a recording that lacks events; a driver that leaves
/// what is there is to blame before any delay is, and its own code where that had the time; an interrupt that did not come, before one that came
/// late; and what came in time had not room.
/// </summary>
public sealed class Judge
{
    /// <summary>A wait is explained if so much of it is.</summary>
    public const double Explained = 0.9;

    private readonly Situation situation;
    private readonly InterruptVerdicts interrupts;
    private readonly DelayVerdicts delays;
    private readonly ChunkVerdicts chunks;

    /// <param name="facts">Of a trace of ours; null for a recording of a real machine.</param>
    /// <param name="given">Of such a recording: what is known of the data from elsewhere, if anything is.</param>
    /// <param name="isOwn">Whether an ISR or a DPC of that name is the driver's under study; null if that is not known.</param>
    public Judge(WaitAttribution attribution, TraceFacts? facts, StreamFacts? given = null, Func<string, bool>? isOwn = null)
    {
        situation = new Situation(attribution, facts, facts?.Stream ?? given, isOwn ?? (_ => false));
        (interrupts, delays) = (new InterruptVerdicts(situation), new DelayVerdicts(situation));
        chunks = new ChunkVerdicts(situation, delays);
    }

    private static Verdict Incomplete => new(VerdictKind.None,
        "no verdict: events are missing from the recording, and what is missing may be the cause",
        [new Cure(CureHelp.Would,
            "another recording with more or larger buffers, to a fast disk, and with fewer kinds of events (docs/recordings.md)")]);

    // What waited for these programs did not wait for the driver, and no advice is built on it.
    private Verdict FellBehind => new(VerdictKind.None,
        Text($"no verdict: the programs fell up to {situation.Facts!.Counts.FellBehind} behind the wall clock, and so did all that was measured"),
        [new Cure(CureHelp.May, "a slower source, a machine that does nothing else, or simulated time (pacing = \"free-running\")")]);

    private bool HasOtherLosses => situation.Facts is { Counts.Chunks.Other: > 0 };

    private bool HasLag => situation.Facts is { Counts.FellBehind.Nanoseconds: > 0 };

    /// <summary>Why a chunk was overrun.</summary>
    /// <param name="own">What the driver's own code had of the time of that chunk; null if that is not known.</param>
    public Verdict OfOverrun(long chunk, SimTime at, Wait? wait, OwnCode? own) => Promised(
        situation.Attribution.Losses.Count > 0 ? Incomplete
        : HasLag ? FellBehind
        : interrupts.FallsBehind ? interrupts.NotDraining
        : delays.OfLongIsr(own, at)
            ?? delays.OfLock(own, at)
            ?? interrupts.OfOverrun(chunk, at)
            ?? (wait is not null && (wait.IsOfIsr || !situation.IsInTime(wait)) ? delays.OfWait(wait) : delays.OfNobody(wait, own, at)));

    /// <summary>What there is to say of the whole, overruns or not; each kind once.</summary>
    public IReadOnlyList<Verdict> OfAll() =>
        situation.Attribution.Losses.Count > 0 ? [Incomplete] : HasLag ? [FellBehind]
            : [.. interrupts.OfAll().Concat(chunks.OfAll()).Select(Promised)];

    /// <summary>Of a wait that cost no chunk: whether it was long, and why.</summary>
    public Verdict OfWait(Wait wait)
    {
        if (situation.Attribution.Losses.Count > 0) return Incomplete;
        if (HasLag) return FellBehind;
        var isKnown = situation.Stream is { Slack.Nanoseconds: > 0 };
        var limit = isKnown ? situation.Stream!.Slack : Guidance.Dpc;
        // A buffer has to last until the copy is done; the guidance is of how long a routine keeps others waiting, not of both together.
        var took = isKnown ? wait.Ended - wait.Since : wait.Delay;
        if (took >= limit)
        {
            var late = delays.OfWait(wait);
            return situation.Facts is { Counts.Chunks.Lost: 0 } ? late with { Finding = late.Finding + "; nothing was lost by it", Cures = [] }
                : late;
        }
        var room = Text($"with {limit - took} to spare of the {limit} that ")
            + (isKnown ? "the DMA buffer gives" : "the guidance for a DPC allows");
        return situation.Facts is { Counts.Chunks.Lost: > 0 and var lost }
            ? new Verdict(VerdictKind.NotTheCause,
                "not the cause of what was lost ("
                + Text($"{(HasOtherLosses ? Text($"{lost:#,0} by the driver's count") : Counted.Of(lost, "chunk"))}): the DPC came in time, ")
                + room, [])
            : new Verdict(VerdictKind.InTime, $"in time, {room}", []);
    }

    // Nothing can be less than none; what is saved from the card, a reader that is too slow may refuse; and what a driver counts that is no chunk, is
    // known to the driver only.
    private Verdict Promised(Verdict verdict) => situation.Facts?.Counts.Chunks switch
    {
        null or { Lost: > 0, Refused: 0, Other: 0 } => verdict,
        { Lost: > 0 } when verdict.Kind == VerdictKind.ReaderTooSlow => verdict,
        _ => verdict with { Cures = [.. verdict.Cures.Select(cure => cure.AtMostMay())] },
    };
}
