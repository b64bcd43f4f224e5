using Pcie.Time;

namespace Pcie.Diagnosis.Facts;

/// <summary>What a run counted, which its flight recording, being of windows only, does not tell.</summary>
/// <param name="Design">Null if it is not known.</param>
/// <param name="Register">The name of a register of the device by its bus address; null for an address that has none.</param>
public sealed record RunCounts(InterruptCounts Interrupts, ChunkFates Chunks, DesignFacts? Design, Func<long, string?> Register)
{
    /// <summary>How far a run by the wall clock fell behind it, if that is enough to be in all its times; else zero.</summary>
    public Duration FellBehind { get; init; }
}

/// <summary>How card and driver re-arm, as a scenario names it: what may have become of an interrupt depends on it.</summary>
public sealed record DesignFacts(string RearmPolicy, string LastLook, string Drain);
