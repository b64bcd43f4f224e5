namespace Pcie.Emulator.Function.Configuration;

/// <summary>
/// Errors of the transaction layer that a function can detect, as their bits of the AER registers for uncorrectable errors
/// (PCI Express Base Specification 7.8.4.2).
/// </summary>
public enum FunctionError : uint
{
    /// <summary>A read of the function's got no answer in time (2.8).</summary>
    CompletionTimeout = 1 << 14,

    /// <summary>A request reached a BAR, and breaks what the function's registers take (2.3.1).</summary>
    CompleterAbort = 1 << 15,

    /// <summary>A completion that belongs to no request (2.3.2).</summary>
    UnexpectedCompletion = 1 << 16,

    /// <summary>A packet that no rule allows (2.2, 2.3).</summary>
    MalformedTlp = 1 << 18,

    /// <summary>A request that nobody here takes (2.3.1).</summary>
    UnsupportedRequest = 1 << 20,
}
