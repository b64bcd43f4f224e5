using Pcie.Diagnosis.Validation;

namespace Pcie.Diagnosis.Report;

/// <summary>A <see cref="ValidationResult"/> as one HTML file that needs nothing else.</summary>
public static class ValidationPage
{
    private const int MaxPictures = 24;

    public static string Of(ValidationResult result)
    {
        var page = new Html().Add($"<!doctype html><html lang='en'><head><meta charset='utf-8'><meta name='viewport' content='width=device-width'>")
            .Add($"<title>Does the model predict {result.Recording}?</title><style>{Html.Raw(ReportPage.Style)}</style></head>")
            .Add($"<body><h1>Does the model predict {result.Recording}?</h1><p>{ValidationText.Extent(result)}.</p>")
            .Add($"<p class='verdict'>{ValidationText.Conclusion(result)}</p><pre>{ValidationText.Table(result)}</pre>");
        foreach (var note in result.Notes) page.Add($"<p>{note}</p>");
        page.Add($"<p class='legend'><span><i style='background:var(--isr)'></i>measured</span>")
            .Add($"<span><i style='background:var(--dpc)'></i>predicted</span></p>");
        foreach (var source in result.Sources.Take(MaxPictures))
        {
            var isBad = source.Outcome is WaitOutcome.NotRight or WaitOutcome.NoFit;
            page.Add($"<section><h2 class='{(isBad ? "lost" : "")}'>{ValidationText.NameOf(source)}</h2>");
            if (source.IsJudged) page.Add($"<p>{ValidationText.Verdict(source)}</p>");
            page.Add(SurvivalPicture.Of(source)).Add($"</section>");
        }
        if (result.Sources.Count > MaxPictures) page.Add($"<p>{result.Sources.Count - MaxPictures:#,0} more are not drawn.</p>");
        return page.Add($"</body></html>").ToString();
    }
}
