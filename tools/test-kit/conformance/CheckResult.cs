using Pcie.TestKit.Conformance.Checks;

namespace Pcie.TestKit.Conformance;

/// <summary>What came of a check.</summary>
/// <param name="Expectation">Of a failure what was expected and what was seen; of one that does not apply, why; else empty.</param>
/// <param name="Context">Of a failure step, time and transactions.</param>
/// <param name="Elapsed">By the wall clock, attaching included.</param>
public sealed record CheckResult(ConformanceCheck Check, CheckOutcome Outcome, string Expectation, string Context, TimeSpan Elapsed);
