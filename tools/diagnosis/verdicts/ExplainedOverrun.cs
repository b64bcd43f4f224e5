using Pcie.Diagnosis.Attribution;
using Pcie.Time;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>A chunk that was destroyed before it was copied, and why.</summary>
/// <param name="Wait">The wait of the driver's DPC that it fell into; null if none waited.</param>
/// <param name="SlotsThatSuffice">The DMA buffer's slots that outlast the wait; 0 if it is not known.</param>
public sealed record ExplainedOverrun(long Chunk, SimTime At, Wait? Wait, long SlotsThatSuffice, Verdict Verdict);
