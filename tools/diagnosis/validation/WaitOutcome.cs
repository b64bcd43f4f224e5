namespace Pcie.Diagnosis.Validation;

/// <summary>What comes of comparing a source's predicted waits with the measured ones.</summary>
public enum WaitOutcome
{
    /// <summary>It waited too seldom to judge by.</summary>
    NotJudged,

    /// <summary>p50, p99 and the longest are predicted.</summary>
    Right,

    /// <summary>They are not.</summary>
    NotRight,

    /// <summary>
    /// The machine as calibrated does not wait as the very part did that it was calibrated on: whatever it says of another one, right or not,
    /// predicts nothing.
    /// </summary>
    NoFit,
}
