using Pcie.TestKit.Conformance.Checks;

namespace Pcie.TestKit.Conformance;

/// <summary>What came of a check.</summary>
/// <param name="Expectation">Of a failure or a difference what was expected and what was seen; of one that does not apply, why; else empty.</param>
/// <param name="Context">Of a failure step, time and transactions; of a difference its reason.</param>
/// <param name="Elapsed">By the wall clock, attaching included.</param>
/// <param name="NotTried">Of one that passed or found a difference, what of its rule was not tried, and why.</param>
public sealed record CheckResult(ConformanceCheck Check, CheckOutcome Outcome, string Expectation, string Context, TimeSpan Elapsed,
    IReadOnlyList<string> NotTried);
