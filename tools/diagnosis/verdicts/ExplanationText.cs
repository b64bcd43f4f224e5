using System.Globalization;
using System.Text;
using Pcie.Diagnosis.Attribution;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>An <see cref="Explanation"/> as an engineer would paste it into a mail.</summary>
public static class ExplanationText
{
    private const int MaxOverruns = 5;
    private const int MaxOfRun = 3, MaxEvents = 5, MaxCulprits = 5;
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <param name="evidence">Whether each interval that was counted is listed.</param>
    /// <param name="shown">How many of each DPC's longest waits are shown one by one.</param>
    public static string Of(Explanation explanation, bool evidence, int shown)
    {
        var text = new StringBuilder();
        text.Append(Head(explanation)).Append('\n').Append(Waits(explanation.Attribution));
        Overruns(text, explanation, MaxOverruns, evidence);
        Events(text, explanation, MaxEvents, evidence);
        Worst(text, explanation, evidence, shown);
        Conclusion(text, explanation);
        return text.ToString();
    }

    /// <summary>The end of a run: its overruns, or if there are none its longest wait, and the conclusion.</summary>
    public static string OfRun(Explanation explanation)
    {
        var text = new StringBuilder();
        Overruns(text, explanation, MaxOfRun, evidence: false);
        Events(text, explanation, MaxOfRun, evidence: false);
        var worst = explanation.Attribution.Summaries.SelectMany(summary => summary.Worst).MaxBy(wait => wait.Delay);
        var hasCases = explanation.Overruns.Count > 0 || explanation.Attribution.Events.Count > 0;
        if (!hasCases && worst is not null) One(text, explanation, worst, evidence: false, "\nLONGEST     ");
        foreach (var summary in explanation.Attribution.Summaries) Culprits(text, summary, 1, explanation);
        Conclusion(text, explanation);
        return text.ToString().Trim('\n');
    }

    private static TextTable Head(Explanation explanation)
    {
        var attribution = explanation.Attribution;
        var head = TextTable.OfLabels().AddRow("recording", explanation.Recording);
        foreach (var loss in attribution.Losses) head.AddRow("LOST", $"{loss.TrimEnd('.')}. No verdict can rest on this recording.");
        foreach (var loss in attribution.LossesAtKnownPlaces) head.AddRow("LOST", $"{loss} No wait across it is counted.");
        foreach (var note in explanation.Notes) head.AddRow("note", note);
        if (explanation.Facts is { Stream.Omitted: > 0 and var omitted })
            head.AddRow("note", $"a flight recorder's: it kept the longest waits and the overruns, and left {Counted.Of(omitted, "event")} out; "
                + "the figures are of what it kept");
        return attribution.RunsWithoutRequest == 0 ? head
            : head.AddRow("not used", $"{Counted.Of(attribution.RunsWithoutRequest, "run")} whose request is not in the recording");
    }

    private static TextTable Waits(WaitAttribution attribution)
    {
        var table = new TextTable().Left("DPC", 24).Right("runs", 10).Right("coalesced", 10).Right("p50", 12).Right("p99", 12).Right("max", 12)
            .AddHeadings();
        foreach (var s in attribution.Summaries)
            table.AddRow(s.Source, $"{s.Runs:#,0}", $"{s.Coalesced:#,0}", $"{s.Percentile(50)}", $"{s.Percentile(99)}", $"{s.Max}");
        return table;
    }

    private static void Overruns(StringBuilder text, Explanation explanation, int most, bool evidence)
    {
        Verdict? before = null;
        foreach (var overrun in explanation.Overruns.Take(most))
        {
            Overrun(text, explanation, overrun, evidence);
            // What would help is said once, if it is the same.
            Append(text, overrun.Verdict, "  ", cures: before is null || !before.Cures.SequenceEqual(overrun.Verdict.Cures));
            before = overrun.Verdict;
        }
        if (explanation.Overruns.Count > most)
            text.Append(Culture, $"\n{Counted.Of(explanation.Overruns.Count - most, "more overrun")}: --json has them all\n");
    }

    private static void Overrun(StringBuilder text, Explanation explanation, ExplainedOverrun overrun, bool evidence)
    {
        var stream = explanation.Facts!.Stream;
        text.Append(Culture, $"\nOVERRUN     chunk {overrun.Chunk:#,0} at {overrun.At}, before it was copied");
        if (stream.Slots > 0 && stream.Period > Duration.Zero)
            text.Append(Culture, $" (DMA buffer of {stream.Slots:#,0} slot{(stream.Slots == 1 ? "" : "s")}, a chunk every {stream.Period})");
        text.Append('\n');
        if (overrun.Wait is { } wait)
        {
            text.Append(wait.IsOfIsr
                ? $"  The ISR itself had to wait: its message was at CPU {wait.Processor}, and it began {wait.Delay} later.\n"
                : $"  The DPC was not lost: it was queued, and began {wait.Delay} after its ISR, on CPU {wait.Processor}{Coalesced(wait)}.\n");
            WaitText.Append(text, wait, "  ", evidence ? explanation.Attribution.NameOf : null);
        }
    }

    private static void Worst(StringBuilder text, Explanation explanation, bool evidence, int shown)
    {
        foreach (var summary in explanation.Attribution.Summaries)
        {
            foreach (var wait in summary.Worst.Take(shown)) One(text, explanation, wait, evidence, "\n");
            Culprits(text, summary, shown, explanation);
        }
    }

    // Not of those that are shown anyhow, nor of those of which nothing is to be learnt.
    private static void Culprits(StringBuilder text, WaitSummary summary, int shown, Explanation explanation)
    {
        List<Wait> worst = [.. summary.Worst.Where(wait => wait.Delay > Duration.Zero && !IsDispatch(explanation, wait))];
        if (worst.Count <= shown) return;
        var culprits = Culprit.Of(worst);
        // Dispatch alone, of which nothing is to be learnt.
        if (culprits.All(culprit => culprit.Kind == ShareKind.Unexplained) && worst[0].Delay < Guidance.Isr) return;
        var most = culprits.Count == MaxCulprits + 1 ? culprits.Count : MaxCulprits;
        text.Append(Culture, $"\n{summary.Source}: of its {worst.Count:#,0} longest waits, {worst[^1].Delay} to {worst[0].Delay}, most was had by\n");
        var table = new TextTable("  in ").Right(width: 4).Left(width: 36, gap: 2).Right(width: 4).Left().Right(width: 10).Left(gap: 2);
        foreach (var culprit in culprits.Take(most))
            table.AddRow($"{culprit.Waits:#,0}", WaitText.Name(culprit.Kind, culprit.Source),
                $"{100.0 * culprit.Time.Nanoseconds / culprit.Delay.Nanoseconds:0}%", "of", $"{culprit.Delay}", Short(culprit.Kind));
        if (culprits.Count > most)
            table.AddRow($"{culprits.Skip(most).Sum(culprit => culprit.Waits):#,0}",
                $"{Counted.Of(culprits.Count - most, "other")}: --json has them all");
        text.Append(table);
    }

    private static string Short(ShareKind kind) => kind switch
    {
        ShareKind.AlreadyRunning => "already running",
        ShareKind.AheadInQueue => "ran ahead",
        ShareKind.Interrupts => "in between",
        _ => "",
    };

    private static void Events(StringBuilder text, Explanation explanation, int most, bool evidence)
    {
        foreach (var e in explanation.Attribution.Events.Take(most))
        {
            text.Append(Culture, $"\nEVENT       {e.Name} at {e.At}, on CPU {e.Processor}\n");
            if (e.Wait is { } wait) One(text, explanation, wait, evidence, Relation(e, wait));
            else text.Append("  No wait is known before it.\n");
        }
        if (explanation.Attribution.Events.Count > most)
            text.Append(Culture, $"\n{Counted.Of(explanation.Attribution.Events.Count - most, "more event")}: --json has them all\n");
    }

    private static string Relation(EventWait e, Wait wait) =>
        e.At < wait.Began ? "  in the wait of " : e.At <= wait.Ended ? "  in the run of "
        : string.Create(Culture, $"  {e.At - wait.Ended} after the run of ");

    private static void One(StringBuilder text, Explanation explanation, Wait wait, bool evidence, string label)
    {
        text.Append(Culture, $"{label}{wait.Source} on CPU {wait.Processor}: asked for at {wait.Since}, began {wait.Delay} later{Coalesced(wait)}");
        if (IsDispatch(explanation, wait) && !evidence)
            text.Append(": the dispatch of the DPC alone\n");
        else WaitText.Append(text.Append('\n'), wait, "  ", evidence ? explanation.Attribution.NameOf : null);
        Append(text, explanation.Judge.OfWait(wait), "  ");
    }

    // In a trace of ours nothing else takes time that is not recorded.
    private static bool IsDispatch(Explanation explanation, Wait wait) => explanation.Facts is not null
        && wait is { HasEnd: true, Shares: [{ Kind: ShareKind.Unexplained }] } && wait.Delay < Guidance.Isr;

    private static void Conclusion(StringBuilder text, Explanation explanation)
    {
        if (explanation.Verdicts.Count > 0) text.Append('\n');
        foreach (var verdict in explanation.Verdicts) Append(text, verdict, "");
        if (!explanation.IsOfOneDriver || explanation.Attribution.Summaries.Count == 0) return;
        // Neither verdict nor durations tell it then.
        if (explanation.Facts is { Counts.FellBehind.Nanoseconds: > 0 }) return;
        var (isr, dpc) = explanation.Attribution.LongestOwn;
        var blame = Blames.Of(explanation.Overruns.Select(overrun => overrun.Verdict).Concat(explanation.Verdicts));
        var answer = blame?.Blame switch
        {
            Blame.Driver => $"Yes, by the verdict: {blame.Value.Verdict.Subject}. By their durations: ",
            Blame.DriverOrCard => $"You or the card, by the verdict: {blame.Value.Verdict.Subject}. By their durations: ",
            Blame.Application => $"Not the driver, but who reads from it: {blame.Value.Verdict.Subject}. By their durations: ",
            _ => isr > Guidance.Isr || dpc > Guidance.Dpc ? "Perhaps: " : "No: ",
        };
        text.Append(Culture, $"\nIS IT YOU?  {answer}the driver's ISR took {isr} at most (guidance {Guidance.Isr}), ")
            .Append(Culture, $"its DPC {dpc} (guidance {Guidance.Dpc}), both with what interrupted them.\n");
    }

    private static void Append(StringBuilder text, Verdict verdict, string indent, bool cures = true)
    {
        text.Append(Culture, $"{indent}VERDICT{(indent.Length == 0 ? "     " : "   ")}{verdict.Finding}\n");
        foreach (var cure in cures ? verdict.Cures : [])
            text.Append(Culture, $"{indent}  {cure.Label,-15} {cure.What}\n");
    }

    private static string Coalesced(Wait wait) => wait.Coalesced == 0 ? ""
        : string.Create(Culture, $", and answered {wait.Coalesced:#,0} more request{(wait.Coalesced == 1 ? "" : "s")}");
}
