namespace Pcie.Link;

/// <summary>The device answered, and would not be attached: trying again will not help before something is changed.</summary>
/// <param name="message">The device's own words, and where it is.</param>
public sealed class LinkRefusedException(string message) : Exception(message);
