namespace Pcie.Diagnosis.Rates;

/// <summary>A part of what can happen that is estimated by itself.</summary>
/// <param name="Name">Whom it is about.</param>
/// <param name="PerDay">How often it really comes.</param>
public sealed record RareStratum(string Name, double PerDay);
