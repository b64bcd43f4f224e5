using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Facts;
using Pcie.Time;
using static Pcie.Diagnosis.Verdicts.Cures;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>The verdicts of a chunk that waited for somebody who had the processor, the driver itself perhaps, or for room.</summary>
internal sealed class DelayVerdicts(Situation situation)
{
    private readonly WaitAttribution attribution = situation.Attribution;
    private readonly TraceFacts? facts = situation.Facts;
    private readonly StreamFacts? stream = situation.Stream;

    // Asked of each overrun, of which there may be a million.
    private readonly Lazy<bool> onlyReadsLose = new(() => OnlyReadsLose(situation.Facts));
    private readonly Lazy<Duration> longestIsr = new(() => situation.Attribution.LongestOwn.Isr);
    private readonly Lazy<string?> register = new(() => situation.Facts!.Counts.Register(situation.Facts.Own.LastFailedRead));

    /// <summary>The verdict of a DPC, or an ISR, that came late.</summary>
    public Verdict OfWait(Wait wait) => IsOwn(wait) ? OwnAhead(wait) : Late(wait);

    /// <summary>The verdict of a chunk that lay there while the driver's own ISR ran, for longer than an ISR should; null if it did not.</summary>
    public Verdict? OfLongIsr(OwnCode? own, SimTime end) => own is { } code && HasLongIsr && code.IsMostOf(code.Isr, end) ? Own(code, end) : null;

    /// <summary>The verdict of a chunk that lay there while the driver's DPC spun for a lock; null if it did not.</summary>
    public Verdict? OfLock(OwnCode? own, SimTime end) => own is { } code && code.IsMostOf(code.Spun, end)
        ? new Verdict(VerdictKind.LockHeld,
            Text($"the driver's own DPC spun for the lock {facts!.Own.Lock}, which somebody held on another processor, for {code.Spun} of the ")
                + Text($"{end - code.Since} that the chunk was there"),
            [
                new(CureHelp.May, "a lock of its own for the way of the data, or one that others hold for a moment only"), situation.MoreSlots,
                new(CureHelp.WouldNot, "importance or another processor: the DPC had one"),
            ])
        : null;

    /// <summary>The verdict of a chunk for which nobody else was in the way.</summary>
    public Verdict OfNobody(Wait? wait, OwnCode? own, SimTime end) =>
        own is { } code && code.IsMostOf(code.Isr + code.Dpc, end) ? AtWork(code, end) : HeldBack ?? TooSmall(wait);

    // The routine was in the way of itself: what it waits for has the processor.
    private bool IsOwn(Wait wait) => wait.Shares.Where(share => share.Kind is ShareKind.Interrupts or ShareKind.AlreadyRunning
        && situation.IsOwn(share.Source))
        .Sum(share => share.Time.Nanoseconds) * 2 > wait.Delay.Nanoseconds;

    private Verdict OwnAhead(Wait wait)
    {
        var own = wait.Shares.First(share => situation.IsOwn(share.Source));
        var kind = own.Kind == ShareKind.Interrupts ? VerdictKind.OwnIsr : VerdictKind.OwnDpc;
        return new Verdict(kind,
            Text($"the driver's own {(kind == VerdictKind.OwnIsr ? "ISR" : "DPC")} had {Part(own.Time, wait.Delay)} of the wait of {wait.Delay}")
                + Reads, OwnCures(kind));
    }

    private long TotalFailedReads => facts?.Own.FailedReads ?? 0;

    // Whatever else destroys chunks makes the driver read where its ring stands, and the card may leave that read unanswered.
    private static bool OnlyReadsLose(TraceFacts? facts) =>
        facts is { Own.StalledFrom: { } stalled, Counts.Chunks: { DroppedFull: 0, DroppedInFifo: 0 } }
            && facts.Stream.Overruns.All(overrun => overrun.At >= stalled);

    private bool HasLongIsr => TotalFailedReads > 0 || longestIsr.Value > Guidance.Isr;

    private Verdict Own(OwnCode code, SimTime end) => new(VerdictKind.OwnIsr,
        Text($"the driver's own ISR had {code.Isr} of the {end - code.Since} that the chunk was there") + Reads, OwnCures(VerdictKind.OwnIsr));

    // Nobody else was in the way.
    private Verdict AtWork(OwnCode code, SimTime end)
    {
        var busy = Text($"the driver was at work on {code.Isr + code.Dpc} of the {end - code.Since} that the chunk was there (ISR {code.Isr}, ")
            + (facts!.Own.Copied == 0 ? Text($"DPC {code.Dpc}), of which it copied none whole")
                : Text($"DPC {code.Dpc}), with {facts.Own.PerChunk} of DPC for each chunk"))
            + Text($", and a chunk every {facts.Stream.Period} on average");
        return situation.KeepsUp
            ? new Verdict(VerdictKind.RingTooSmall, Text($"{Room} is too small for what comes at once: ") + busy, [situation.MoreSlots])
            : new Verdict(VerdictKind.OwnDpc, "the driver is too slow: " + busy, [.. TakesOne, Situation.FasterCopy, situation.MoreSlots]);
    }

    // Where most of a DPC's work is for the run and not for the chunk.
    private Cure[] TakesOne => facts!.Counts.Design is { Drain: "one" }
        ? [new(CureHelp.May, "a DPC that copies until nothing is left: what it does besides is then done once for several", "driver.drain=all")] : [];

    private string Room => facts!.Stream.Slots > 0
        ? Text($"the DMA buffer of {facts.Stream.Slots:#,0} slot{(facts.Stream.Slots == 1 ? "" : "s")}") : "the DMA buffer";

    private string Reads => TotalFailedReads == 0 ? ""
        : Text($", waiting for reads of {register.Value ?? "registers"} that the card did not answer: ")
            + Text($"{TotalFailedReads:#,0} in all");

    private IReadOnlyList<Cure> OwnCures(VerdictKind kind)
    {
        var help = onlyReadsLose.Value && situation.MakesUp ? CureHelp.Would : CureHelp.May;
        return (kind, TotalFailedReads) switch
        {
            (VerdictKind.OwnIsr, > 0) =>
            [
                new(help, "an ISR that reads no register: a vector for each cause says by itself what it is about",
                    "card.msi-messages=8,driver.routing=per-cause"),
                new(help, "an ISR that reads the status block, which the card writes to host memory", "driver.cause-source=status-block"),
                new(CureHelp.WouldNot, "importance or another processor: the reads take as long there"),
            ],
            (VerdictKind.OwnIsr, _) => [new(CureHelp.May, "a shorter ISR, which leaves its work to the DPC", "driver.isr-work=1us")],
            (_, > 0) => [new(CureHelp.May, "a DPC that reads no register")],
            _ => [situation.MoreSlots, Situation.FasterCopy],
        };
    }

    // Nobody waited, since the message was not sent: for half of what the buffer lasts at least.
    private Verdict? HeldBack => facts!.Counts.Design is { Moderates: true } design && design.HoldsFor(stream!.Period) is var hold
        && 2 * hold.Nanoseconds >= Math.Max(1, stream.Slots - 1) * stream.Period.Nanoseconds
        ? new Verdict(VerdictKind.HeldBack,
            Text($"the card held its message back to gather events in one (moderation), for up to {hold} with a chunk every {stream.Period}, and ")
            + Text($"the DMA buffer of {stream.Slots:#,0} slot{(stream.Slots == 1 ? "" : "s")} gives {stream.Slack}"),
            [
                // Its driver has to keep up with more of them.
                new(CureHelp.May, "a message for each event (no moderation), or a shorter time to gather them",
                    "driver.moderation-count=1,driver.moderation-time=0us"),
                situation.MoreSlots,
                new(CureHelp.WouldNot, "importance or another processor: nobody had been asked"),
            ])
        : null;

    private Verdict TooSmall(Wait? wait)
    {
        var stream = facts!.Stream;
        var inTime = wait is null ? "no DPC of the driver waited" : Text($"the DPC came after {wait.Delay}");
        return new Verdict(VerdictKind.RingTooSmall, Text($"{Room} is too small: {inTime}, while a chunk came every {stream.Period} on average"),
            [situation.MoreSlots, Situation.FasterCopy]);
    }

    private Verdict Late(Wait wait)
    {
        var unexplained = wait.Shares[^1].Time;
        var explained = wait.Delay == Duration.Zero ? 1 : 1 - (double)unexplained.Nanoseconds / wait.Delay.Nanoseconds;
        var top = wait.Shares[0];
        var most = wait.Shares.Count == 1 ? "nothing that is recorded ran" : Text($"{Name(top)} had {Part(top.Time, wait.Delay)} of it");
        if (ThreadsIn(wait) is { } thread) most += $"; {thread}";
        var cures = Cures.Of(wait, stream, situation.MakesUp);
        if (facts is null && explained < Judge.Explained && !attribution.HasThreads) cures = [.. cures, ShowThreads];
        var (kind, what) = wait.IsOfIsr ? (VerdictKind.LateIsr, "a late ISR") : (VerdictKind.LateDpc, "a late DPC");
        return new Verdict(kind, explained >= Judge.Explained
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
        if (Situation.IsOfLinux(wait) && IsWorthwhile(time, wait))
            return Text($"the thread {threads[0].Source} had the processor although it waited{sampled}: ") + (Situation.IsOfThread(wait)
                ? "of a higher priority, or with preemption off" : "with softirqs, interrupts or preemption off, or it was left to ksoftirqd");
        return IsWorthwhile(time, wait)
            ? Text($"the thread {threads[0].Source} had the processor although the DPC waited{sampled}: at raised IRQL (a spin lock), ")
                + "or nobody had asked for the DPC interrupt"
            : Text($"no ISR or DPC ran meanwhile{sampled}: a thread at raised IRQL, unless nobody had asked for the DPC interrupt");
    }

    private static Cure ShowThreads =>
        new(CureHelp.Would, "a recording that has context switches and a profiler's samples too (docs/recordings.md): this one "
        + "shows no thread, so that one at raised IRQL is not told from dispatch");

    private static string Name(Share share) => share.Kind switch
    {
        ShareKind.Deferred => "nobody having asked for the DPC interrupt",
        ShareKind.AlreadyRunning => share.Source + ", already running when the interrupt came,",
        _ => share.Source,
    };

    internal static string Part(Duration part, Duration whole) =>
        whole == Duration.Zero ? "all" : Text($"{100.0 * part.Nanoseconds / whole.Nanoseconds:0.0} %");
}
