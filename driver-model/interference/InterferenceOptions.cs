using Pcie.Host.Kernel;
using Pcie.Random;
using Pcie.Time;

namespace Pcie.Host.Interference;

/// <summary>What a scenario says about one source of interference.</summary>
public sealed record InterferenceOptions
{
    public required string Name { get; init; }

    /// <summary>Time from one occurrence to the next; null if there are only one-off ones.</summary>
    public Distribution? Interval { get; init; }

    /// <summary>One-off occurrences, times since the run began, rising.</summary>
    public IReadOnlyList<Duration> At { get; init; } = [];

    /// <summary>How long its ISR takes; null for none.</summary>
    public Distribution? Isr { get; init; }

    /// <summary>How long its DPC takes; null for none.</summary>
    public Distribution? Dpc { get; init; }

    /// <summary>How long a thread is busy; only for a source with neither ISR nor DPC.</summary>
    public Distribution? Thread { get; init; }

    /// <summary>Its interrupt vector, which decides its IRQL; null for any free one.</summary>
    public byte? Vector { get; init; }

    public DpcImportance Importance { get; init; } = DpcImportance.Medium;

    /// <summary>The processors that its occurrences go to, in turn.</summary>
    public required IReadOnlyList<int> Processors { get; init; }

    /// <summary>The processor that its DPC is targeted at; null for the one that queued it.</summary>
    public int? DpcProcessor { get; init; }
}
