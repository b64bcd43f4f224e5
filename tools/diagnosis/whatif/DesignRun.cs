using Pcie.Time;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>One run of one design.</summary>
/// <param name="Lost">Chunks that were overwritten or dropped.</param>
/// <param name="Worst">The longest wait of the driver's DPC, from the end of its ISR.</param>
/// <param name="Waits">The longest waits, each with the run that ended it: how long a chunk had to last. Falling.</param>
/// <param name="Deadline">How long the DMA buffer lasts: its slots times the time from chunk to chunk; zero if unknown.</param>
/// <param name="Period">From chunk to chunk.</param>
public sealed record DesignRun(
    ulong Seed, Duration Simulated, long Lost, Duration Worst, IReadOnlyList<Duration> Waits, Duration Deadline, Duration Period,
    long Interrupts, long RegisterReads);
