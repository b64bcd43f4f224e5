using Pcie.Time;

namespace Pcie.Diagnosis.Rates;

/// <summary>What came of one occurrence of something rare, or of several that fell together.</summary>
/// <param name="Lost">Chunks lost from its beginning until the machine had long recovered.</param>
/// <param name="Longest">The longest wait of the driver's DPC in that time, the run that ended it included.</param>
public readonly record struct ClusterResult(long Lost, Duration Longest);
