using System.Text.Json;
using System.Text.Json.Nodes;
using Pcie.Diagnosis.Attribution;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>An <see cref="Explanation"/> as JSON, in snake case, with all counts of every source; times are nanoseconds.</summary>
public static class ExplanationFigures
{
    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <param name="evidence">Whether each interval that was counted is listed.</param>
    public static JsonObject Of(Explanation explanation, bool evidence)
    {
        var attribution = explanation.Attribution;
        var (isr, dpc) = attribution.Summaries.Count > 0 ? attribution.LongestOwn : default;
        return JsonSerializer.SerializeToNode(new
        {
            explanation.Recording,
            attribution.Losses,
            attribution.LossesAtKnownPlaces,
            explanation.Notes,
            attribution.RunsWithoutRequest,
            Dpcs = attribution.Summaries.Select(s => new
            {
                Name = s.Source, s.Runs, s.Coalesced, P50Ns = s.Percentile(50).Nanoseconds, P99Ns = s.Percentile(99).Nanoseconds,
                MaxNs = s.Max.Nanoseconds, TotalNs = s.Total.Nanoseconds,
                Processors = s.Processors.Select(p => new { p.Processor, p.Runs, TotalNs = p.Total.Nanoseconds, MaxNs = p.Max.Nanoseconds }),
                Culprits = Culprit.Of(s.Worst).Select(c => new
                {
                    Kind = c.Kind.ToString(), c.Source, c.Waits, TimeNs = c.Time.Nanoseconds, DelayNs = c.Delay.Nanoseconds,
                }),
                Worst = s.Worst.Select(One),
            }),
            Sources = attribution.Activities.Select(a => new
            {
                Name = a.Source, Kind = a.Kind.ToString(), a.Processor, a.Count, BusyNs = a.Busy.Nanoseconds, LongestNs = a.Longest.Nanoseconds,
            }),
            Read = explanation.Import is not { } import ? null : new
            {
                Format = import.Format.ToString(), import.Lines, import.Intervals, import.Instants, import.ZeroLength, attribution.Samples,
                import.Skipped, import.ProviderEvents,
                TimerLatencies = import.TimerLatencies.Select(t => new
                {
                    Context = t.Key, t.Value.Count, SumNs = t.Value.Sum, MaxNs = t.Value.Maximum,
                }),
            },
            Events = attribution.Events.Select(e => new { e.Name, AtNs = e.At.Nanoseconds, e.Processor, Wait = e.Wait is null ? null : One(e.Wait) }),
            Overruns = explanation.Overruns.Select(o => new
            {
                o.Chunk, AtNs = o.At.Nanoseconds,
                Wait = o.Wait is null ? null : One(o.Wait),
                SlotsThatSuffice = o.SlotsThatSuffice == 0 ? (long?)null : o.SlotsThatSuffice,
                Verdict = Conclusion(o.Verdict),
            }),
            Verdicts = explanation.Verdicts.Select(Conclusion),
            Interrupts = explanation.Facts?.Counts.Interrupts,
            Own = explanation.IsOfOneDriver ? new { IsrMaxNs = isr.Nanoseconds, DpcMaxNs = dpc.Nanoseconds } : null,
            Lost = explanation.Facts?.Counts.Chunks,
            Stream = explanation.Facts is not { Stream: var stream } ? null
                : new { stream.Slots, PeriodNs = stream.Period.Nanoseconds, SlackNs = stream.Slack.Nanoseconds, EventsOmitted = stream.Omitted },
        }, Snake)!.AsObject();

        object One(Wait wait) => new
        {
            Dpc = wait.Source, wait.Processor, SinceNs = wait.Since.Nanoseconds, BeganNs = wait.Began.Nanoseconds,
            EndedNs = wait.HasEnd ? wait.Ended.Nanoseconds : (long?)null,
            DelayNs = wait.Delay.Nanoseconds, wait.Coalesced, wait.IsOfIsr, Verdict = Conclusion(explanation.Judge.OfWait(wait)),
            Samples = wait.Samples.Select(sample => new { sample.Source, sample.Count }),
            Shares = wait.Shares.Select(share => new
            {
                Kind = share.Kind.ToString(), share.Source, share.Intervals, TimeNs = share.Time.Nanoseconds,
            }),
            Evidence = !evidence ? null : wait.Evidence.Select(i => new
            {
                Kind = i.Kind.ToString(), Source = attribution.NameOf(i.Source), BeginNs = i.Begin.Nanoseconds, EndNs = i.End.Nanoseconds,
            }),
            EvidenceLeftOut = evidence ? wait.EvidenceLeftOut : (long?)null,
        };
    }

    private static object Conclusion(Verdict verdict) =>
        new
    {
        Kind = verdict.Kind.ToString(), verdict.Finding, Cures = verdict.Cures.Select(cure => new
        {
            Helps = cure.Help == CureHelp.Would, Help = JsonNamingPolicy.KebabCaseLower.ConvertName(cure.Help.ToString()), cure.What, cure.Change,
        }),
    };
}
