using Pcie.Diagnosis.Rates;
using Pcie.Diagnosis.WhatIf;

namespace Pcie.Diagnosis.Report;

/// <summary>The table of <c>emu whatif</c>.</summary>
internal static class ComparisonSection
{
    public static Html Of(Comparison comparison)
    {
        var html = new Html().Add($"<section><h2>What would have changed it</h2>")
            .Add($"<p>{ComparisonText.Extent(comparison)}: the same interference in each.</p>")
            .BeginTable("design", "lost a day", "95 % interval", "worst wait", "margin", "reads an ISR", "needs");
        foreach (var outcome in comparison.Ranked.Prepend(comparison.AsItIs))
        {
            var rate = outcome.LossRate;
            html.Add($"<tr class='{(outcome.Lost > 0 ? "lost" : "kept")}'><td>{outcome.Change.Name}</td>")
                .Add($"<td class='number'>{RateText.Of(rate.PerDay)}</td><td class='number'>{RateText.IntervalOf(rate)}</td>")
                .Add($"<td class='number'>{outcome.Worst}</td><td class='number'>{outcome.Margin?.ToString() ?? "unknown"}</td>")
                .Add($"<td class='number'>{outcome.ReadsPerInterrupt:0.00}</td><td>{ComparisonText.Needs(outcome.Change.Needs)}</td></tr>");
        }
        foreach (var outcome in comparison.NotRun)
            html.Add($"<tr><td>{outcome.Change.Name}</td><td colspan='6'>not run: {outcome.Refused}</td></tr>");
        html.EndTable().Add($"<p class='verdict'>{ComparisonText.Conclusion(comparison)}</p>");
        return comparison.KnowsDepth ? html.Add(Depths(comparison)).Add($"</section>") : html.Add($"</section>");
    }

    private static Html Depths(Comparison comparison)
    {
        var html = new Html().BeginTable("DMA buffer", "lasts", "longer waits a day", "95 % interval", "rests on");
        foreach (var depth in comparison.Depths.Select(comparison.Depth))
            html.Add($"<tr><td>{ComparisonText.Slots(depth.Slots)}</td><td class='number'>{depth.Lasts}</td>")
                .Add($"<td class='number'>{RateText.Of(depth.Rate.PerDay)}</td><td class='number'>{RateText.IntervalOf(depth.Rate)}</td>")
                .Add($"<td>{ComparisonText.Basis(depth.Basis)}</td></tr>");
        return html.EndTable().Add($"<p>{ComparisonText.Fit(comparison)}</p>");
    }
}
