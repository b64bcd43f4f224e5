namespace Pcie.Emulator.Rtl.Models;

/// <summary>An RTL card cannot be loaded, has failed, or has broken the contract of <c>rtl_card.h</c>. It is not called again.</summary>
public sealed class RtlException(string message) : IOException(message);
