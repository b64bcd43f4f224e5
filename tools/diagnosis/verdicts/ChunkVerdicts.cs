using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Facts;
using Pcie.Tables;
using static Pcie.Diagnosis.Verdicts.Cures;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>The verdicts of chunks that ended otherwise than with the reader or in an overrun.</summary>
internal sealed class ChunkVerdicts(Situation situation, DelayVerdicts delays)
{
    // Of what was due so many are on their way, or come late.
    private const long FewMissing = 10;

    // The ways of a chunk that end neither with the reader nor in an overrun.
    public IEnumerable<Verdict> OfAll()
    {
        if (situation.Facts is not { Counts.Chunks: var fates }) yield break;
        if (fates.Refused > 0)
            yield return new Verdict(VerdictKind.ReaderTooSlow,
                Text($"the reader is too slow: the driver had copied {Counted.Of(fates.Refused, "chunk")} in time, ")
                + "and the cyclic buffer was full of such "
                    + "as the application had not taken",
                [
                    new Cure(CureHelp.Would, "an application that reads faster than the card writes", "host.reader.rate=0 B/s"),
                    new Cure(CureHelp.May, "a larger cyclic buffer, if the application keeps up on average"),
                    new Cure(CureHelp.WouldNot, "anything in ISR, DPC or DMA buffer: they were in time"),
                ]);
        if (fates.DroppedFull > 0) yield return Dropped(fates.DroppedFull, "every slot of the DMA buffer was full when they came");
        if (fates.DroppedInFifo > 0)
            yield return SlowerThanItsSource(fates.DroppedInFifo)
                ?? Dropped(fates.DroppedInFifo, situation.Facts is { Counts.SourceBursts: > 0 } or { Stream.CameAtOnce: true }
                    ? "its source made more at once than its FIFO holds" : "its FIFO was full, while a transfer was under way or every slot was");
        if (fates.DroppedStopped > 0)
            yield return new Verdict(VerdictKind.DroppedByCard,
                Text($"the card dropped {Counted.Of(fates.DroppedStopped, "chunk")} as it was stopped, reset or had ")
                + "failed: what is in it then is lost", []);
        if (fates.Torn > 0)
            yield return new Verdict(VerdictKind.TornCopy,
                Text($"torn copies: the card wrote over {Counted.Of(fates.Torn, "chunk")} while the DPC copied, ")
                + "and the driver handed them on all the "
                    + "same",
                [
                    new Cure(CureHelp.Would, "a DPC that reads the chunk's header again after the copy: what is torn is then lost, and known to be",
                        "driver.verify-copy=true"),
                    situation.MoreSlots,
                ]);
        if (fates.Corrupt > fates.Torn)
            yield return new Verdict(VerdictKind.DamagedData,
                Text($"{fates.Corrupt - fates.Torn:#,0} chunks were damaged on their way: their checksum is wrong, and nothing had written over ")
                    + "them",
                [new Cure(CureHelp.WouldNot, "anything in the driver: look at the card's memory and at its errors (AER)")]);
        if (fates.Abandoned > 0)
            yield return new Verdict(VerdictKind.Abandoned,
                Text($"the driver gave up {Counted.Of(fates.Abandoned, "chunk")} that lay in its DMA buffer, to start the card anew"), []);
        if (NotRestarted(situation.Facts) is { } stopped) yield return stopped;
        if (situation.Facts.Stream.Removed is { } removed)
            yield return new Verdict(VerdictKind.DeviceGone,
                Text($"the device was removed at {removed}: what it had not written is lost with it"), []);
    }

    // What a source would have made that nobody started again is no loss that anybody counts, and it is missing all the same.
    private static Verdict? NotRestarted(TraceFacts facts)
    {
        if (facts is not { Counts: { Resets: > 0, Restarts: 0 } counts, Stream: { Removed: null, Period: { Nanoseconds: > 0 } period } }) return null;
        var (simulated, produced) = (counts.Simulated, counts.Produced);
        var due = simulated.Nanoseconds / period.Nanoseconds;
        return due - produced <= Math.Max(FewMissing, due / 20) ? null
            : new Verdict(VerdictKind.CardNotRestarted,
                Text($"the card made {produced:#,0} chunks of some {due:#,0}: it was reset or its link went down, and the driver did not start it ")
                    + "again, so that nothing came any more",
                [
                    new Cure(CureHelp.May, "a timer that looks whether the card is there, and has it started again (watchdog, on-failure)"),
                    new Cure(CureHelp.WouldNot, "anything in ISR, DPC or DMA buffer: no interrupt came"),
                ]);
    }

    private Wait? Worst => situation.Attribution.Summaries.SelectMany(summary => summary.Worst).MaxBy(wait => wait.Delay);

    // No two chunks ever came as close as the source makes them, though no slot had to be waited for.
    private Verdict? SlowerThanItsSource(long chunks) => situation.Facts!.Stream is var stream
        && situation.Facts.Counts.SourceBursts == 0 && !stream.CameAtOnce && stream.ShortestGap is { } gap && gap > stream.Period && situation.KeepsUp
        && (Worst is null || situation.IsInTime(Worst))
        ? new Verdict(VerdictKind.DroppedByCard,
            Text($"the card dropped {Counted.Of(chunks, "chunk")}: it moves one in {gap} at least, and its source makes one every {stream.Period}"),
            [
                new Cure(CureHelp.May, "a card or a link that moves them faster, or a slower source"),
                new Cure(CureHelp.WouldNot, "more slots, a deeper FIFO or anything in the driver: what is always too fast fills any of them"),
            ])
        : null;

    // Whoever kept the driver from giving slots back. Whether more of them would help depends on what the card does with a chunk that finds none.
    private Verdict Dropped(long chunks, string since)
    {
        var what = Text($"the card dropped {Counted.Of(chunks, "chunk")}: {since}");
        var worst = Worst;
        if (worst is null || situation.IsInTime(worst))
            return new Verdict(VerdictKind.DroppedByCard, $"{what}; no DPC was late",
                [new Cure(CureHelp.May, "more slots, or a deeper FIFO in the card, for what comes at once"), Situation.FasterCopy]);
        var late = delays.OfWait(worst);
        return new Verdict(VerdictKind.DroppedByCard, $"{what}; {late.Finding}",
            [.. late.Cures.Select(cure => cure.AtMostMay())]);
    }
}
