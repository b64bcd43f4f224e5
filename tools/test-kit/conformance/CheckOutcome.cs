namespace Pcie.TestKit.Conformance;

public enum CheckOutcome
{
    Passed,

    /// <summary>The device does otherwise.</summary>
    Failed,

    /// <summary>The device does otherwise, as its profile says that it does.</summary>
    Different,

    /// <summary>The device has not what the rule is about.</summary>
    NotApplicable,
}
