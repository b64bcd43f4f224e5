namespace Pcie.Diagnosis.Verdicts;

/// <summary>A conclusion, in words for a person.</summary>
/// <param name="Finding">One sentence: what it is, and what it rests on, in figures.</param>
/// <param name="Cures">What would have prevented it, and what would not.</param>
public sealed record Verdict(VerdictKind Kind, string Finding, IReadOnlyList<Cure> Cures)
{
    /// <summary>The finding without its figures.</summary>
    public string Subject => Finding.Split([':', ';'], 2)[0];
}
