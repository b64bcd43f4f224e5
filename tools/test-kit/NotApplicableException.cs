namespace Pcie.TestKit;

/// <summary>What a test plan asks for is optional, and this device does not have it; the text says what.</summary>
public sealed class NotApplicableException(string reason) : Exception(reason);
