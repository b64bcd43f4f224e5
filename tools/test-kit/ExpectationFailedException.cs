namespace Pcie.TestKit;

/// <summary>
/// The device did otherwise than the test plan says. The text has what was expected and what was seen; the step, the time and the
/// transactions before it stand below, for a person who looks for the cause.
/// </summary>
/// <param name="expectation">What was expected and what was seen, in one line.</param>
/// <param name="context">Step, simulated time and last transactions, in lines.</param>
public sealed class ExpectationFailedException(string expectation, string context) : Exception($"{expectation}\n{context}")
{
    /// <summary>What was expected and what was seen, in one line.</summary>
    public string Expectation => expectation;

    /// <summary>Step, simulated time and last transactions, in lines.</summary>
    public string Context => context;
}
