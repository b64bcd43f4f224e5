using Pcie.Diagnosis.Verdicts;
using Pcie.Diagnosis.WhatIf;
using Pcie.Trace;

namespace Pcie.Diagnosis.Report;

/// <summary>What a report is made of; what there is not is left out.</summary>
/// <param name="Title">What it is about.</param>
/// <param name="Summary">Lines of a run's summary, as the command prints them.</param>
/// <param name="Trace">Of ours, for the card's lane.</param>
/// <param name="Waits">Of each DPC, how many of its runs waited up to so long.</param>
public sealed record ReportContent(
    string Title, string Summary, Explanation? Explanation, TraceRecording? Trace, IReadOnlyList<WaitCounts> Waits, Comparison? Comparison)
{
    /// <summary>How somebody else gets the same; null if that is not known.</summary>
    public ReportOrigin? Origin { get; init; }
}
