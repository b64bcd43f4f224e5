using System.ComponentModel;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>A <see cref="Verdict"/> as JSON.</summary>
public sealed record Conclusion(
    VerdictKind Kind,
    [property: Description("One sentence: what it is, and what it rests on.")] string Finding,
    IReadOnlyList<Conclusion.Remedy> Cures)
{
    public static Conclusion Of(Verdict verdict) => new(verdict.Kind, verdict.Finding,
        [.. verdict.Cures.Select(cure => new Remedy(cure.Help == CureHelp.Would, cure.Help, cure.What, cure.Change))]);

    public sealed record Remedy(
        [property: Description("Whether it is a promise: help is would.")] bool Helps,
        [property: Description("Whether it would have helped.")] CureHelp Help,
        string What,
        [property: Description("The scenario's keys with which it can be tried, as --change takes them; empty if no key is that change.")]
        string Change);
}
