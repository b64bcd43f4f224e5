namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>
/// What became of the interrupts. Every raise sends a message, is held back, or collapses; re-arming sends more.
/// </summary>
/// <param name="Raised">Causes raised.</param>
/// <param name="Masked">Raises held back: cause not enabled, message masked, or MSI or bus mastering off.</param>
/// <param name="Collapsed">Raises that sent nothing because the same was pending already.</param>
/// <param name="Resent">Messages sent without a new raise: by re-arming, by a write of INT_CAUSE, by enabling, by rerouting.</param>
/// <param name="Sent">Messages that left the card, held-back ones that were unmasked included.</param>
public readonly record struct InterruptCounters(ulong Raised, ulong Sent, ulong Masked, ulong Collapsed, ulong Resent);
