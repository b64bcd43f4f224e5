namespace Pcie.Link;

/// <summary>
/// The other side said something that link.proto does not allow. The text says what, where, and what was expected.
/// </summary>
public sealed class LinkProtocolException(string message) : Exception(message);
