using Pcie.Diagnosis.WhatIf;

namespace Pcie.Diagnosis.Report;

/// <summary>The table of <c>emu whatif</c>.</summary>
internal static class ComparisonSection
{
    public static Html Of(Comparison comparison)
    {
        var html = new Html().Add($"<section><h2>What would have changed it</h2>")
            .Add($"<p>{ComparisonText.Extent(comparison)}: the same interference in each.</p>")
            .Add($"<table><tr><th>design</th><th>lost a day</th><th>95&nbsp;% interval</th><th>worst wait</th><th>margin</th>")
            .Add($"<th>reads an ISR</th><th>needs</th></tr>");
        foreach (var outcome in comparison.Ranked.Prepend(comparison.AsItIs))
        {
            var rate = outcome.LossRate;
            html.Add($"<tr class='{(outcome.Lost > 0 ? "lost" : "kept")}'><td>{outcome.Change.Name}</td>")
                .Add($"<td class='number'>{ComparisonText.Rate(rate.PerDay)}</td><td class='number'>{ComparisonText.Interval(rate)}</td>")
                .Add($"<td class='number'>{outcome.Worst}</td><td class='number'>{outcome.Margin?.ToString() ?? "unknown"}</td>")
                .Add($"<td class='number'>{outcome.ReadsPerInterrupt:0.00}</td><td>{ComparisonText.Needs(outcome.Change.Needs)}</td></tr>");
        }
        foreach (var outcome in comparison.NotRun)
            html.Add($"<tr><td>{outcome.Change.Name}</td><td colspan='6'>not run: {outcome.Refused}</td></tr>");
        html.Add($"</table><p class='verdict'>{ComparisonText.Conclusion(comparison)}</p>");
        return comparison.KnowsDepth ? html.Add(Depths(comparison)).Add($"</section>") : html.Add($"</section>");
    }

    private static Html Depths(Comparison comparison)
    {
        var html = new Html().Add($"<table><tr><th>DMA buffer</th><th>lasts</th><th>longer waits a day</th>")
            .Add($"<th>95&nbsp;% interval</th><th>rests on</th></tr>");
        foreach (var depth in comparison.Depths.Select(comparison.Depth))
            html.Add($"<tr><td>{ComparisonText.Slots(depth.Slots)}</td><td class='number'>{depth.Lasts}</td>")
                .Add($"<td class='number'>{ComparisonText.Rate(depth.Rate.PerDay)}</td><td class='number'>{ComparisonText.Interval(depth.Rate)}</td>")
                .Add($"<td>{ComparisonText.Basis(depth.Basis)}</td></tr>");
        return html.Add($"</table><p>{ComparisonText.Fit(comparison)}</p>");
    }
}
