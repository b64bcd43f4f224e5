using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Run;

/// <summary>How a run ended, for all its devices.</summary>
/// <param name="Simulated">When.</param>
/// <param name="Digest">Of all traces; empty if one could not be had.</param>
internal sealed record RunEnd(RunScenario Run, SimTime Simulated, TimeSpan Wall, string Digest, bool IsCancelled);
