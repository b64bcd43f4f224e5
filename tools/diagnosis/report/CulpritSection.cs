using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Verdicts;
using Pcie.Time;

namespace Pcie.Diagnosis.Report;

/// <summary>Who had most of a DPC's longest waits: of a hundred, no more than a few are drawn.</summary>
internal static class CulpritSection
{
    private const int Most = 10;

    public static Html Of(WaitSummary summary)
    {
        List<Wait> worst = [.. summary.Worst.Where(wait => wait.Delay > Duration.Zero)];
        if (worst.Count < 2) return new Html();
        var html = new Html()
            .Add($"<section><h2>Who had most of the {worst.Count:#,0} longest waits of {summary.Source}, {worst[^1].Delay} to {worst[0].Delay}</h2>")
            .BeginTable("waits", "what", "its part of them", "they waited");
        var culprits = Culprit.Of(worst);
        foreach (var culprit in culprits.Take(Most))
        {
            var percent = 100.0 * culprit.Time.Nanoseconds / culprit.Delay.Nanoseconds;
            html.Add($"<tr><td class='number'>{culprit.Waits:#,0}</td><td>{WaitText.Name(culprit.Kind, culprit.Source)}</td>")
                .Add($"<td class='number'>{percent:0}&nbsp;%</td><td class='number'>{culprit.Delay}</td></tr>");
        }
        html.EndTable();
        return culprits.Count > Most ? html.Add($"<p>{culprits.Count - Most:#,0} others had most of fewer.</p></section>") : html.Add($"</section>");
    }
}
