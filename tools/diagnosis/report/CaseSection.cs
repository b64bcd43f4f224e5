using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Verdicts;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Report;

/// <summary>One worst case: its timeline, where the time went, the verdict.</summary>
internal static class CaseSection
{
    public static Html Of(Explanation explanation, TraceRecording? trace, ExplainedOverrun overrun)
    {
        var html = new Html().Add($"<section><h2 class='lost'>Chunk {overrun.Chunk:#,0} was overwritten at {overrun.At}</h2>");
        if (overrun.Wait is { } wait)
        {
            html.Add(wait.IsOfIsr
                ? (FormattableString)$"<p>The ISR itself had to wait: its message was at CPU {wait.Processor}, and it began {wait.Delay} later.</p>"
                : $"<p>The DPC was not lost: it was queued, and began {wait.Delay} after its ISR, on CPU {wait.Processor}{Coalesced(wait)}.</p>");
            return html.Add(Conclusion(overrun.Verdict)).Add(Picture(explanation, trace, wait, overrun.At)).Add(Shares(wait)).Add($"</section>");
        }
        return html.Add(Conclusion(overrun.Verdict)).Add($"</section>");
    }

    public static Html Of(Explanation explanation, TraceRecording? trace, Wait wait) => new Html()
        .Add($"<section><h2>{wait.Source} waited {wait.Delay}, from {wait.Since}, on CPU {wait.Processor}{Coalesced(wait)}</h2>")
        .Add(Conclusion(explanation.Judge.OfWait(wait))).Add(Picture(explanation, trace, wait, null)).Add(Shares(wait)).Add($"</section>");

    /// <summary>A verdict with what would help.</summary>
    public static Html Conclusion(Verdict verdict)
    {
        var html = new Html().Add($"<p class='verdict'>{char.ToUpperInvariant(verdict.Finding[0])}{verdict.Finding[1..]}.</p>");
        if (verdict.Cures.Count == 0) return html;
        html.Add($"<ul>");
        foreach (var cure in verdict.Cures)
            html.Add($"<li class='{(cure.Help == CureHelp.WouldNot ? "not" : "helps")}'>")
                .Add($"{char.ToUpperInvariant(cure.Label[0])}{cure.Label[1..]}: {cure.What}</li>");
        return html.Add($"</ul>");
    }

    private static Html Picture(Explanation explanation, TraceRecording? trace, Wait wait, SimTime? overrun) =>
        TimelinePicture.Of(wait, explanation.Attribution.NameOf, trace, explanation.Facts?.Stream.Slots ?? 0, overrun);

    private static Html Shares(Wait wait)
    {
        var html = new Html().BeginTable("time", "share", "", "what", "");
        foreach (var share in wait.Shares)
        {
            var part = wait.Delay == Duration.Zero ? 0 : 100.0 * share.Time.Nanoseconds / wait.Delay.Nanoseconds;
            var percent = part is > 0 and < 0.05 ? "below 0.1" : $"{part:0.0}";
            html.Add($"<tr><td class='number'>{share.Time}</td><td class='number'>{percent}&nbsp;%</td>")
                .Add($"<td class='bar'><div class='b{ClassOf(share.Kind)}' style='width:{part}%'></div></td>")
                .Add($"<td>{WaitText.Name(share)}</td><td>{WaitText.Role(share)}</td></tr>");
        }
        return html.EndTable();
    }

    private static string ClassOf(ShareKind kind) => kind switch
    {
        ShareKind.Interrupts => "isr",
        ShareKind.AlreadyRunning or ShareKind.AheadInQueue => "dpc",
        ShareKind.Silent => "stop",
        ShareKind.Unexplained => "rest",
        _ => "thread",
    };

    private static string Coalesced(Wait wait) =>
        wait.Coalesced == 0 ? "" : $", and answered {wait.Coalesced} more request{(wait.Coalesced == 1 ? "" : "s")}";
}
