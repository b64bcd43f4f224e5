namespace Pcie.Diagnosis.Verdicts;

/// <summary>Whether a change to the design would have helped.</summary>
public enum CureHelp
{
    /// <summary>A promise: fewer chunks would have been lost.</summary>
    Would,

    /// <summary>It depends on what is not known of the run, or cannot be promised of another.</summary>
    May,

    /// <summary>As good to know.</summary>
    WouldNot,
}

/// <summary>A change to the design, and whether it would have helped.</summary>
/// <param name="Change">Keys of the scenario with which it can be tried, as <c>--change</c> takes them; empty if no key is that change.</param>
public readonly record struct Cure(CureHelp Help, string What, string Change = "")
{
    /// <summary>As a person reads it.</summary>
    public string Label => Help switch { CureHelp.Would => "would help", CureHelp.May => "may help", _ => "would not help" };

    /// <summary>The same, without the promise.</summary>
    public Cure AtMostMay() => Help == CureHelp.Would ? this with { Help = CureHelp.May } : this;
}
