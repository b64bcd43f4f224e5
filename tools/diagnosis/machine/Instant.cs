using Pcie.Time;

namespace Pcie.Diagnosis.Machine;

/// <summary>Something that happened on a processor and took no time that the recording knows of.</summary>
/// <param name="Source">What it is about: the DPC that was queued, the code that was sampled.</param>
/// <param name="Time">Since the recording's own zero.</param>
public readonly record struct Instant(InstantKind Kind, ushort Processor, int Source, SimTime Time);
