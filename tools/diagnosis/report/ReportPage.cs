using System.Text;
using Pcie.Tables;

namespace Pcie.Diagnosis.Report;

/// <summary>
/// A report as one HTML file that needs nothing else: pictures are SVG in it, colours follow the reader's scheme, and on paper they are those of the
/// light scheme.
/// </summary>
public static class ReportPage
{
    /// <summary>The file's name in the folder that the user named.</summary>
    public const string FileName = "report.html";

    private const int MaxOverruns = 5;
    private const int MaxWaits = 3;
    private const int MaxHistograms = 12;

    internal const string Style = """
        :root { color-scheme: light dark; --text: #1c2330; --faint: #68738a; --page: #ffffff; --lane: #f0f2f6; --line: #d5dae3;
          --isr: #d1495b; --dpc: #3d7ea6; --own: #2a9d4e; --thread: #b08900; --stop: #7b5aa6; --card: #17877d; --wait: #f6c14b55; --bad: #c1121f; }
        @media (prefers-color-scheme: dark) { :root { --text: #e3e8f0; --faint: #97a3b8; --page: #14181f; --lane: #1f2630; --line: #333d4c;
          --isr: #ef7a88; --dpc: #6db1dc; --own: #5fd087; --thread: #e0b93a; --stop: #b493e0; --card: #45c4b8; --wait: #f6c14b2e; --bad: #ff6b6b; } }
        @media print { :root { color-scheme: light; --text: #1c2330; --faint: #68738a; --page: #ffffff; --lane: #f0f2f6; --line: #d5dae3;
          --isr: #d1495b; --dpc: #3d7ea6; --own: #2a9d4e; --thread: #b08900; --stop: #7b5aa6; --card: #17877d; --wait: #f6c14b55; --bad: #c1121f; }
          svg, tr { break-inside: avoid; } h2, svg, .scroll:has(svg), tr:first-child, p.verdict { break-after: avoid; } }
        * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
        body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); }
        body { max-width: 1000px; margin: 2em auto; padding: 0 1em; }
        h1 { font-size: 1.5em; } h2 { font-size: 1.15em; margin: 2em 0 .3em; } h2.lost { color: var(--bad); }
        pre { background: var(--lane); padding: .8em 1em; overflow-x: auto; font-size: 12px; border-radius: 4px; }
        @media print { body { font-size: 12px; margin: 0; max-width: none; } pre { white-space: pre-wrap; font-size: 9px; } }
        @media print { table { font-size: 10px; } }
        svg { width: 100%; height: auto; display: block; margin: .5em 0; }
        .scroll { overflow-x: auto; } .scroll svg { min-width: 760px; } .scroll table { min-width: 640px; }
        @media print { .scroll { overflow: visible; } .scroll svg, .scroll table { min-width: 0; } }
        svg text { fill: var(--text); font: 12px system-ui, sans-serif; } svg text.in { fill: var(--page); pointer-events: none; }
        svg text.mark { fill: var(--faint); font-size: 11px; } svg text.lost { fill: var(--bad); font-weight: 600; }
        .lane { fill: var(--lane); } .wait { fill: var(--wait); } .isr { fill: var(--isr); } .dpc { fill: var(--dpc); } .own { fill: var(--own); }
        .thread { fill: var(--thread); } .stop { fill: var(--stop); } .card { fill: var(--card); }
        .bad { stroke: var(--bad); stroke-width: 2; } .limit { stroke: var(--bad); stroke-dasharray: 4 3; } .tick, .grid { stroke: var(--line); }
        .count { fill: none; stroke: var(--card); stroke-width: 1.5; }
        table { border-collapse: collapse; width: 100%; font-size: 13px; } th { text-align: left; color: var(--faint); font-weight: 600; }
        td, th { padding: 2px 8px; border-bottom: 1px solid var(--line); }
        table:has(td.number:nth-child(1)) th:nth-child(1), table:has(td.number:nth-child(2)) th:nth-child(2),
        table:has(td.number:nth-child(3)) th:nth-child(3), table:has(td.number:nth-child(4)) th:nth-child(4),
        table:has(td.number:nth-child(5)) th:nth-child(5), table:has(td.number:nth-child(6)) th:nth-child(6),
        table:has(td.number:nth-child(7)) th:nth-child(7), table:has(td.number:nth-child(8)) th:nth-child(8) { text-align: right; }
        td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
        td.bar { width: 18%; } td.bar div { height: 10px; border-radius: 2px; }
        .bisr { background: var(--isr); } .bdpc { background: var(--dpc); }
        .bstop { background: var(--stop); } .bthread { background: var(--thread); }
        .brest { background: var(--faint); }
        tr.lost td:nth-child(2) { color: var(--bad); font-weight: 600; } tr.kept td:nth-child(2) { color: var(--own); font-weight: 600; }
        .verdict { font-weight: 600; } .verdict.lost { color: var(--bad); }
        li.not { color: var(--faint); } .legend span { display: inline-block; margin-right: 1.2em; font-size: 13px; }
        .legend i { display: inline-block; width: 12px; height: 12px; margin-right: 5px; border-radius: 2px; vertical-align: -1px; }
        """;

    public static string Of(ReportContent content)
    {
        var page = new Html().Add($"<!doctype html><html lang='en'><head><meta charset='utf-8'>")
            .Add($"<meta name='viewport' content='width=device-width, initial-scale=1'>")
            .Add($"<title>{content.Title}</title><style>{Html.Raw(Style)}</style></head><body><h1>{content.Title}</h1>");
        if (content.Explanation is { } concluded) page.Add(Headline(concluded));
        if (content.Summary.Length > 0) page.Add($"<pre>{content.Summary}</pre>");
        if (content.Explanation is { } explanation) Explained(page, explanation, content);
        foreach (var waits in content.Waits.Where(waits => waits.Counts.Count > 0).Take(MaxHistograms))
        {
            page.Add($"<section><h2>How long {waits.Dpc} waited</h2>")
                .Add(HistogramPicture.Of(waits.Counts, content.Explanation?.Facts?.Stream.Slack ?? Time.Duration.Zero)).Add($"</section>");
        }
        if (content.Waits.Count > MaxHistograms) page.Add($"<p>{content.Waits.Count - MaxHistograms:#,0} more DPCs' waits are not drawn.</p>");
        if (content.Comparison is { } comparison) page.Add(ComparisonSection.Of(comparison));
        if (content.Origin is { } origin) page.Add(Origin(origin));
        return page.Add($"</body></html>").ToString();
    }

    // What it comes to, for who reads no further.
    private static Html Headline(Verdicts.Explanation explanation)
    {
        var html = new Html();
        if (explanation.Overruns is [var first, ..])
        {
            var one = explanation.Overruns.Count == 1;
            html.Add($"<p class='verdict lost'>{explanation.Overruns.Count:#,0} ")
                .Add($"{(one ? "chunk was overwritten:" : "chunks were overwritten; the first:")}")
                .Add($"{first.Verdict.Finding}.</p>");
        }
        foreach (var verdict in explanation.Verdicts) html.Add($"<p class='verdict'>{verdict.Finding}.</p>");
        return html;
    }

    private static Html Origin(ReportOrigin origin)
    {
        var html = new Html().Add($"<section><h2>How it was made</h2><p>By version {origin.Version}, with</p><pre>{origin.Command}</pre>");
        if (origin.Scenario is not null) html.Add($"<p>and this scenario:</p><pre>{origin.Scenario}</pre>");
        return html.Add($"</section>");
    }

    /// <summary>Writes the file into a folder, which is made if it is not there.</summary>
    /// <returns>The file's path.</returns>
    public static string Write(ReportContent content, string folder)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        File.WriteAllText(path, Of(content), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return path;
    }

    private static void Explained(Html page, Verdicts.Explanation explanation, ReportContent content)
    {
        foreach (var loss in explanation.Attribution.Losses) page.Add($"<p class='verdict'>Lost: {loss}. No verdict can rest on this recording.</p>");
        foreach (var note in explanation.Notes) page.Add($"<p>{note}</p>");
        page.Add($"<p class='legend'>");
        foreach (var (kind, what) in ((string, string)[])[("wait", "the wait"), ("own", "what waited"), ("isr", "ISR"), ("dpc", "DPC"),
            ("thread", "thread"), ("stop", "the processor stood still"), .. content.Trace is null ? [] : new[] { ("card", "a chunk arrives") }])
            page.Add($"<span><i style='background:var(--{kind})'></i>{what}</span>");
        page.Add($"</p>");
        foreach (var overrun in explanation.Overruns.Take(MaxOverruns)) page.Add(CaseSection.Of(explanation, content.Trace, overrun));
        if (explanation.Overruns.Count > MaxOverruns)
            page.Add($"<p>Not drawn: {Counted.Of(explanation.Overruns.Count - MaxOverruns, "more overrun")}.</p>");
        var drawn = explanation.Overruns.Take(MaxOverruns).Select(overrun => overrun.Wait?.Since).ToHashSet();
        foreach (var wait in explanation.Attribution.Summaries.SelectMany(summary => summary.Worst).OrderByDescending(wait => wait.Delay)
            .Where(wait => !drawn.Contains(wait.Since)).Take(MaxWaits))
            page.Add(CaseSection.Of(explanation, content.Trace, wait));
        foreach (var summary in explanation.Attribution.Summaries.Take(MaxHistograms)) page.Add(CulpritSection.Of(summary));
        if (explanation.Verdicts.Count == 0) return;
        page.Add($"<section><h2>Of the whole</h2>");
        foreach (var verdict in explanation.Verdicts) page.Add(CaseSection.Conclusion(verdict));
        page.Add($"</section>");
    }
}
