using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.Playback;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Interference;

/// <summary>What a scenario says about one source of interference.</summary>
public sealed record InterferenceOptions
{
    public required string Name { get; init; }

    /// <summary>Time from one occurrence to the next; null if there are only one-off ones, or those of another.</summary>
    public Distribution? Interval { get; init; }

    /// <summary>One-off occurrences, times since the run began, rising.</summary>
    public IReadOnlyList<Duration> At { get; init; } = [];

    /// <summary>The source that it comes together with: whenever that one occurs, this one does; null for none.</summary>
    public string? Follows { get; init; }

    /// <summary>How often it comes at each occurrence, <see cref="BurstGap"/> apart.</summary>
    public int Burst { get; init; } = 1;

    /// <summary>Time from one of a burst to the next.</summary>
    public Distribution BurstGap { get; init; } = Distribution.Fixed(Duration.FromMicroseconds(10));

    /// <summary>How long its ISR takes; null for none.</summary>
    public Distribution? Isr { get; init; }

    /// <summary>How long its DPC takes; null for none.</summary>
    public Distribution? Dpc { get; init; }

    /// <summary>Whether its DPC is a threaded one.</summary>
    public bool Threaded { get; init; }

    /// <summary>How long the DPC of its timer takes, which expires with the clock interrupt; only for a source of nothing else.</summary>
    public Distribution? Timer { get; init; }

    /// <summary>How long a thread is busy; only for a source with neither ISR nor DPC.</summary>
    public Distribution? Thread { get; init; }

    /// <summary>How long a thread stays at raised IRQL; only for a source of nothing else.</summary>
    public Distribution? Raised { get; init; }

    /// <summary>The level to which that thread raises: DISPATCH_LEVEL, or a device's.</summary>
    public byte RaisedIrql { get; init; } = Irql.Dispatch;

    /// <summary>The spin lock that its DPC, or its raised thread, holds all the while; null for none.</summary>
    public string? Lock { get; init; }

    /// <summary>For how long firmware or a hypervisor stops all processors; only for a source of nothing else.</summary>
    public Distribution? Stop { get; init; }

    /// <summary>What a real machine's processors did; only for a source of nothing else, without times of its own.</summary>
    public PlaybackFile? Playback { get; init; }

    /// <summary>Whether the playback begins anew at its end.</summary>
    public bool Loop { get; init; }

    /// <summary>Its interrupt vector, which decides its IRQL; null for any free one.</summary>
    public byte? Vector { get; init; }

    public DpcImportance Importance { get; init; } = DpcImportance.Medium;

    /// <summary>The processors that its occurrences go to, in turn.</summary>
    public required IReadOnlyList<int> Processors { get; init; }

    /// <summary>The processor that its DPC is targeted at; null for the one that queued it.</summary>
    public int? DpcProcessor { get; init; }
}
