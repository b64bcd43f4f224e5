using System.ComponentModel;
using Pcie.Diagnosis.Attribution;
using Pcie.Playback;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>A <see cref="Wait"/> as JSON, with what is concluded of it.</summary>
public sealed record WaitFigures
{
    [Description("The DPC; the ISR if is_of_isr.")]
    public required string Dpc { get; init; }

    public required ushort Processor { get; init; }

    [Description("When the wait began.")]
    public required long SinceNs { get; init; }

    [Description("When the routine began.")]
    public required long BeganNs { get; init; }

    [Description("When the routine ended; null if that is not in the recording.")]
    public required long? EndedNs { get; init; }

    [Description("began_ns less since_ns, which is the sum of the shares.")]
    public required long DelayNs { get; init; }

    [Description("Further requests that this one run answers.")]
    public required long Coalesced { get; init; }

    [Description("Whether it was the ISR that waited, from its message's arrival at the processor.")]
    public required bool IsOfIsr { get; init; }

    public required Conclusion Verdict { get; init; }

    [Description("A profiler's, of the code that a thread was in.")]
    public required IReadOnlyList<Sample> Samples { get; init; }

    [Description("What each source had of the wait for itself: the longest first, what is unexplained last.")]
    public required IReadOnlyList<ShareFigures> Shares { get; init; }

    [Description("The intervals that the shares were counted from; null unless asked for by --evidence.")]
    public required IReadOnlyList<EvidenceFigures>? Evidence { get; init; }

    [Description("Intervals that were counted and are not listed; null unless asked for by --evidence.")]
    public required long? EvidenceLeftOut { get; init; }

    /// <param name="nameOf">The names of sources, if the intervals are to be listed; else null.</param>
    internal static WaitFigures Of(Wait wait, Verdict verdict, Func<int, string>? nameOf) => new()
    {
        Dpc = wait.Source, Processor = wait.Processor, SinceNs = wait.Since.Nanoseconds, BeganNs = wait.Began.Nanoseconds,
        EndedNs = wait.HasEnd ? wait.Ended.Nanoseconds : null, DelayNs = wait.Delay.Nanoseconds, Coalesced = wait.Coalesced,
        IsOfIsr = wait.IsOfIsr, Verdict = Conclusion.Of(verdict),
        Samples = [.. wait.Samples.Select(sample => new Sample(sample.Source, sample.Count))],
        Shares = [.. wait.Shares.Select(share => new ShareFigures(share.Kind, share.Source, share.Intervals, share.Time.Nanoseconds))],
        Evidence = nameOf is null ? null
            : [.. wait.Evidence.Select(i => new EvidenceFigures(i.Kind, nameOf(i.Source), i.Begin.Nanoseconds, i.End.Nanoseconds))],
        EvidenceLeftOut = nameOf is null ? null : wait.EvidenceLeftOut,
    };

    public sealed record Sample(string Source, long Count);

    public sealed record ShareFigures(
        ShareKind Kind,
        [property: Description("Empty of what is unexplained.")] string Source,
        [property: Description("How many of its intervals lie in the wait.")] long Intervals,
        long TimeNs);

    public sealed record EvidenceFigures(IntervalKind Kind, string Source, long BeginNs, long EndNs);
}
