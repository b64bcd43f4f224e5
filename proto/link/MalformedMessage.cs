namespace Pcie.Link;

/// <summary>
/// A message that could not be read. gRPC would bury an exception of the reading in one of its own; this keeps its text.
/// </summary>
/// <param name="Text">What is wrong, and where.</param>
public sealed record MalformedMessage(string Text) : ILinkMessage;
