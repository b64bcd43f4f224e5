namespace Pcie.TestKit.Devices;

/// <summary>Where a device is known to do otherwise than the specification says: a finding about it, not news.</summary>
/// <param name="Check">By which it is found.</param>
/// <param name="Expectation">A part of what that says then; another failure of the check is news.</param>
/// <param name="Reason">Why the device does so, and whose affair it is.</param>
public sealed record ExpectedDifference(string Check, string Expectation, string Reason);
