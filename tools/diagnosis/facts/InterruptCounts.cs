namespace Pcie.Diagnosis.Facts;

/// <summary>Where interrupts fell together on their way, from the card's causes to the DPC.</summary>
/// <param name="Raised">Causes raised in the card.</param>
/// <param name="Sent">Messages that left it.</param>
/// <param name="Lost">Of these, messages that never arrived at a processor.</param>
/// <param name="Delayed">Of these, messages that were on their way for long, as far as the card knows.</param>
/// <param name="CollapsedInCard">Raises that sent nothing because the same was pending.</param>
/// <param name="CollapsedInApic">Messages that found their vector pending at the processor.</param>
/// <param name="Coalesced">Requests that found the DPC in its queue.</param>
/// <param name="Points">The same, and what waited, in words that follow a number; empty where that is not known.</param>
public readonly record struct InterruptCounts(
    long Raised, long Sent, long Lost, long Delayed, long CollapsedInCard, long CollapsedInApic, long Coalesced, IReadOnlyDictionary<string,
        long> Points);
