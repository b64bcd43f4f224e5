using Pcie.Time;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>A bin of a LatencyMon report.</summary>
/// <param name="To">Null for the last one, which is open.</param>
public readonly record struct LatencyMonBin(Duration From, Duration? To, long Count);
