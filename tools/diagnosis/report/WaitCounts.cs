using Pcie.Time;

namespace Pcie.Diagnosis.Report;

/// <summary>How long one DPC waited, as a histogram.</summary>
/// <param name="Dpc">Its name.</param>
/// <param name="Counts">How many runs waited up to so long, and longer than the entry before; rising.</param>
public sealed record WaitCounts(string Dpc, IReadOnlyList<(Duration UpTo, long Count)> Counts);
