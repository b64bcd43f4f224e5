namespace Pcie.Diagnosis.Verdicts;

/// <summary>A change to the design, and whether it would have helped: what would not have is as good to know.</summary>
public readonly record struct Cure(bool Helps, string What);
