using Pcie.Pci;

namespace Pcie.TestKit;

/// <summary>How a read or a configuration write ended.</summary>
/// <param name="Outcome">Status of the completion, or that there was none.</param>
/// <param name="Value">The bytes asked for, little-endian; all-ones unless successful, as a processor sees it.</param>
public readonly record struct Answer(RequestOutcome Outcome, ulong Value)
{
    public bool IsSuccessful => Outcome == RequestOutcome.Successful;
}
