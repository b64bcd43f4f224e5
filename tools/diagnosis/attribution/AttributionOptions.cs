using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>What is asked of an attribution.</summary>
public sealed record AttributionOptions
{
    /// <summary>How many of each DPC's longest waits are attributed.</summary>
    public int Worst { get; init; } = 3;

    /// <summary>Which DPCs are looked at; null: all.</summary>
    public Func<string, bool>? Dpc { get; init; }

    /// <summary>
    /// The ISR whose end stands for the request of the DPC, in recordings that do not tell requests; null where they do. With it,
    /// <see cref="Dpc"/> must name one DPC, or several of which any answers.
    /// </summary>
    public Func<string, bool>? Isr { get; init; }

    /// <summary>Whether a wait begins when the ISR that made the request ended (Windows' usage), not at the request itself (Linux').</summary>
    public bool FromIsrEnd { get; init; }

    /// <summary>Whether the wait is wanted that each <see cref="Machine.InstantKind.Event"/> is about.</summary>
    public bool ExplainsEvents { get; init; }

    /// <summary>
    /// Whether stops of the machine show as a silence of all processors only, as in recordings of real ones; ours say so.
    /// </summary>
    public bool FindsSilences { get; init; }

    /// <summary>Times at which somebody waited whose reason is wanted, however short the wait; rising.</summary>
    public IReadOnlyList<SimTime> Wanted { get; init; } = [];
}
