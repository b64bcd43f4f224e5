using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Facts;
using Pcie.Time;
using static Pcie.Diagnosis.Verdicts.Cures;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>What the verdicts rest on, and what more than one of them asks.</summary>
/// <param name="Facts">Of a trace of ours; null for a recording of a real machine.</param>
/// <param name="Stream">What is known of the data; null if nothing is.</param>
/// <param name="IsOwn">Whether an ISR or a DPC of that name is the driver's under study.</param>
internal sealed record Situation(WaitAttribution Attribution, TraceFacts? Facts, StreamFacts? Stream, Func<string, bool> IsOwn)
{
    // What a driver cannot make up for that takes longer for a chunk than the next one takes to come.
    public bool KeepsUp => Facts is null || (Facts.Own.PerChunk.Nanoseconds < 0.9 * Facts.Stream.Period.Nanoseconds
        // What is written over while it is copied, again and again, is copied for too long.
        && 2 * Facts.Counts.CopiesDiscarded <= Facts.Counts.Produced);

    /// <summary>Whether a wait is of a Linux machine's recording: it has neither IRQLs nor importance.</summary>
    public static bool IsOfLinux(Wait wait) => wait.Source.StartsWith("softirq ", StringComparison.Ordinal) || IsOfThread(wait);

    /// <summary>Whether it is an interrupt's thread on Linux that waited, which the scheduler runs.</summary>
    public static bool IsOfThread(Wait wait) => wait.Source.StartsWith("irq/", StringComparison.Ordinal);

    /// <summary>Whether chunks are dropped before or behind the DMA buffer: then what is not lost in it may be lost there.</summary>
    public bool LosesElsewhere => Facts?.Counts.Chunks is not (null or { DroppedFull: 0, DroppedInFifo: 0 });

    /// <summary>
    /// Whether what outlasts a wait loses less: a driver makes up for it that takes all there is and keeps up, if no message is held back meanwhile,
    /// no edge is lost, what went lost on the link is no reason, and nothing is dropped elsewhere.
    /// </summary>
    public bool MakesUp => KeepsUp && !LosesElsewhere
        && Facts?.Counts is (null or { Design: null or { Drain: not "one", Moderates: false, LosesEdges: false }, LostOnLink: 0 });

    public Cure MoreSlots => new(MakesUp ? CureHelp.Would : CureHelp.May,
        KeepsUp ? "more slots, for what comes at once" : "more slots, if it is for a while only that the DPC takes longer than a chunk takes to come",
        Slots(Math.Max(2, 2 * (Stream?.Slots ?? 1))));

    public static Cure FasterCopy =>
        new(CureHelp.May, "if the DPC takes longer than a chunk, a faster copy, or none: the slot itself given to the reader");

    public bool IsInTime(Wait wait)
    {
        if (Facts is not { Stream: { Slots: > 0 } stream } || stream.Period == Duration.Zero) return false;
        // One slot is being written while the others wait to be copied. With a single one, the next chunk is the limit.
        return (wait.Delay + (wait.Ended - wait.Began)).Nanoseconds < Math.Max(1, stream.Slots - 1) * stream.Period.Nanoseconds;
    }
}
