using System.ComponentModel;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Facts;
using Pcie.Diagnosis.Import.Results;
using Pcie.Playback;
using Pcie.Tables;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>An <see cref="Explanation"/> as JSON, with all counts of every source.</summary>
[JsonForm("explanation/2")]
public sealed record ExplanationFigures : JsonForm
{
    public required string Recording { get; init; }

    [Description("What is missing from the recording, in words.")]
    public required IReadOnlyList<string> Losses { get; init; }

    [Description("Of these, what is missing at places that are known: no wait across them is told.")]
    public required IReadOnlyList<string> LossesAtKnownPlaces { get; init; }

    [Description("What a person should know before relying on it.")]
    public required IReadOnlyList<string> Notes { get; init; }

    public required long RunsWithoutRequest { get; init; }

    public required IReadOnlyList<Dpc> Dpcs { get; init; }

    [Description("All that each source did on each processor.")]
    public required IReadOnlyList<Activity> Sources { get; init; }

    [Description("How far a recording of a real machine was read; null of a trace of ours.")]
    public required ReadFigures? Read { get; init; }

    [Description("Samples of a profiler in the recording.")]
    public required long ProfilerSamples { get; init; }

    [Description("Events that were asked for by name, and the wait that each is about.")]
    public required IReadOnlyList<NamedEvent> Events { get; init; }

    public required IReadOnlyList<Overrun> Overruns { get; init; }

    [Description("What there is to say of the whole.")]
    public required IReadOnlyList<Conclusion> Verdicts { get; init; }

    [Description("Where interrupts fell together; null of a recording of a real machine.")]
    public required InterruptCounts? Interrupts { get; init; }

    [Description("The longest runs of the driver's own code; null if the recording does not tell whose it is.")]
    public required OwnCodeTimes? Own { get; init; }

    [Description("In which ways chunks were lost; null of a recording of a real machine.")]
    public required ChunkFates? Lost { get; init; }

    [Description("The data; null of a recording of a real machine.")]
    public required DataStream? Stream { get; init; }

    /// <param name="evidence">Whether each interval that was counted is listed.</param>
    public static ExplanationFigures Of(Explanation explanation, bool evidence)
    {
        var attribution = explanation.Attribution;
        var (isr, dpc) = attribution.Summaries.Count > 0 ? attribution.LongestOwn : default;
        return new()
        {
            Recording = explanation.Recording, Losses = attribution.Losses, LossesAtKnownPlaces = attribution.LossesAtKnownPlaces,
            Notes = explanation.Notes, RunsWithoutRequest = attribution.RunsWithoutRequest,
            Dpcs = [.. attribution.Summaries.Select(summary => DpcOf(summary, Waiting))],
            Sources = [.. attribution.Activities.Select(a =>
                new Activity(a.Source, a.Kind, a.Processor, a.Count, a.Busy.Nanoseconds, a.Longest.Nanoseconds))],
            Read = explanation.Import is { } import ? ReadFigures.Of(import) : null, ProfilerSamples = attribution.Samples,
            Events = [.. attribution.Events.Select(e => new NamedEvent(e.Name, e.At.Nanoseconds, e.Processor, OrNull(e.Wait)))],
            Overruns = [.. explanation.Overruns.Select(o => new Overrun(o.Chunk, o.At.Nanoseconds, OrNull(o.Wait),
                o.SlotsThatSuffice == 0 ? null : o.SlotsThatSuffice, Conclusion.Of(o.Verdict)))],
            Verdicts = [.. explanation.Verdicts.Select(Conclusion.Of)],
            Interrupts = explanation.Facts?.Counts.Interrupts,
            Own = explanation.IsOfOneDriver ? new OwnCodeTimes(isr.Nanoseconds, dpc.Nanoseconds) : null,
            Lost = explanation.Facts?.Counts.Chunks,
            Stream = explanation.Facts is { Stream: var stream }
                ? new DataStream(stream.Slots, stream.Period.Nanoseconds, stream.Slack.Nanoseconds, stream.Omitted) : null,
        };

        WaitFigures? OrNull(Wait? wait) => wait is null ? null : Waiting(wait);

        WaitFigures Waiting(Wait wait) => WaitFigures.Of(wait, explanation.Judge.OfWait(wait), evidence ? attribution.NameOf : null);
    }

    private static Dpc DpcOf(WaitSummary summary, Func<Wait, WaitFigures> waiting) => new()
    {
        Name = summary.Source, Runs = summary.Runs, Coalesced = summary.Coalesced, P50Ns = summary.Percentile(50).Nanoseconds,
        P99Ns = summary.Percentile(99).Nanoseconds, MaxNs = summary.Max.Nanoseconds, TotalNs = summary.Total.Nanoseconds,
        Processors = [.. summary.Processors.Select(p => new ProcessorTimes(p.Processor, p.Runs, p.Total.Nanoseconds, p.Max.Nanoseconds))],
        Culprits = [.. Culprit.Of(summary.Worst).Select(c =>
            new CulpritFigures(c.Kind, c.Source, c.Waits, c.Time.Nanoseconds, c.Delay.Nanoseconds))],
        Worst = [.. summary.Worst.Select(waiting)],
    };

    /// <summary>How long one DPC waited.</summary>
    public sealed record Dpc
    {
        public required string Name { get; init; }

        [Description("Runs whose request was seen.")]
        public required long Runs { get; init; }

        [Description("Requests that fell together with one before.")]
        public required long Coalesced { get; init; }

        public required long P50Ns { get; init; }
        public required long P99Ns { get; init; }
        public required long MaxNs { get; init; }

        [Description("Sum of all its waits.")]
        public required long TotalNs { get; init; }

        public required IReadOnlyList<ProcessorTimes> Processors { get; init; }

        [Description("Who had the greatest share of the longest waits, that of the most of them first.")]
        public required IReadOnlyList<CulpritFigures> Culprits { get; init; }

        [Description("The longest waits, the worst first.")]
        public required IReadOnlyList<WaitFigures> Worst { get; init; }
    }

    public sealed record ProcessorTimes(ushort Processor, long Runs, long TotalNs, long MaxNs);

    public sealed record CulpritFigures(
        ShareKind Kind, string Source, long Waits,
        [property: Description("Its time in them.")] long TimeNs,
        [property: Description("How long they were together.")] long DelayNs);

    public sealed record Activity(
        string Name, IntervalKind Kind, ushort Processor, long Count,
        [property: Description("Without what interrupted it.")] long BusyNs,
        [property: Description("With what interrupted it.")] long LongestNs);

    public sealed record NamedEvent(string Name, long AtNs, ushort Processor, WaitFigures? Wait);

    public sealed record Overrun(
        long Chunk, long AtNs,
        [property: Description("The wait of the driver's DPC that it fell into; null if none waited.")] WaitFigures? Wait,
        [property: Description("Slots of DMA buffer that outlast the wait; null if that is not known.")] long? SlotsThatSuffice,
        Conclusion Verdict);

    public sealed record OwnCodeTimes(long IsrMaxNs, long DpcMaxNs);

    public sealed record DataStream(
        [property: Description("Of the DMA buffer; 0 if it is not known.")] long Slots,
        [property: Description("From chunk to chunk; 0 if it is not known.")] long PeriodNs,
        [property: Description("How long the driver has for a chunk; 0 if it is not known.")] long SlackNs,
        [property: Description("Events that the recorder left out.")] long EventsOmitted);
}
