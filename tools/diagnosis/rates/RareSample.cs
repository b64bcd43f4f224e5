using Pcie.Time;

namespace Pcie.Diagnosis.Rates;

/// <summary>What one seed of a design gave: of each stratum a result for each time that it was made to occur, and of the rest what it lost.</summary>
public sealed record RareSample
{
    /// <summary>In the order of <see cref="RareEstimate.Strata"/>; the same occurrences in each design, as far as
    /// both have so many.</summary>
    public required IReadOnlyList<IReadOnlyList<ClusterResult>> Strata { get; init; }

    /// <summary>How long the machine was simulated without anything rare.</summary>
    public required Duration Rest { get; init; }

    /// <summary>Chunks lost in it, those that were lost together as one number.</summary>
    public required IReadOnlyList<long> RestLost { get; init; }

    /// <summary>The longest waits in it, falling.</summary>
    public required IReadOnlyList<Duration> RestWaits { get; init; }

    /// <summary>What each stratum can lose a day at the most, in this design; null if that is not known for sure.</summary>
    public IReadOnlyList<double?> ProvenStrata { get; init; } = [];

    /// <summary>What the rest can lose a day at the most, in this design; null if that is not known for sure.</summary>
    public double? Proven { get; init; }
}
