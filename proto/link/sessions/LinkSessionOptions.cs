using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>What both ends of a session must agree on.</summary>
/// <param name="Pacing">How time passes.</param>
/// <param name="Latency">Free-running: a TLP sent at t arrives at t + this. Within <see cref="LatencyRange"/>.</param>
/// <param name="TimeScale">Wall-clock: simulated seconds per wall second.</param>
public sealed record LinkSessionOptions(Pacing Pacing, Duration Latency, double TimeScale = 1);
