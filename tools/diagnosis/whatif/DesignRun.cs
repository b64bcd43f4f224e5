using Pcie.Diagnosis.Rates;
using Pcie.Time;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>One run of one design.</summary>
public sealed record DesignRun
{
    public required ulong Seed { get; init; }

    public required Duration Simulated { get; init; }

    /// <summary>Chunks that did not reach the reader whole.</summary>
    public required long Lost { get; init; }

    /// <summary>The longest wait of the driver's DPC, from the end of its ISR.</summary>
    public required Duration Worst { get; init; }

    /// <summary>The longest waits, each with the run that ended it: how long a chunk had to last. Falling.</summary>
    public required IReadOnlyList<Duration> Waits { get; init; }

    /// <summary>How long the DMA buffer lasts: its slots times the time from chunk to chunk; zero if unknown.</summary>
    public required Duration Deadline { get; init; }

    /// <summary>From chunk to chunk.</summary>
    public required Duration Period { get; init; }

    /// <summary>If rare things were made to occur often, what came of each; null if the scenario was run as it is.</summary>
    public RareSample? Rare { get; init; }

    public required long Interrupts { get; init; }
    public required long RegisterReads { get; init; }
}
