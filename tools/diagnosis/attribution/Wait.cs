using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>One run of a DPC, and where the time went that it waited for.</summary>
public sealed record Wait
{
    /// <summary>The DPC; the ISR if <see cref="IsOfIsr"/>.</summary>
    public required string Source { get; init; }

    /// <summary>Where it ran, and waited.</summary>
    public required ushort Processor { get; init; }

    /// <summary>When the wait began: when the first request that this run answers was made, or the ISR that made it ended.</summary>
    public required SimTime Since { get; init; }

    /// <summary>When its routine began.</summary>
    public required SimTime Began { get; init; }

    /// <summary>When its routine ended; when it began, if its end is not in the recording.</summary>
    public required SimTime Ended { get; init; }

    /// <summary>Whether its end is in the recording. Without, how long it ran is unknown.</summary>
    public bool HasEnd { get; init; } = true;

    /// <summary>Further requests that this one run answers.</summary>
    public required long Coalesced { get; init; }

    /// <summary>Whether it was the ISR that waited, from its message's arrival at the processor, and not the DPC.</summary>
    public bool IsOfIsr { get; init; }

    /// <summary>The longest first, what is unexplained last. They sum to <see cref="Delay"/> exactly.</summary>
    public required IReadOnlyList<Share> Shares { get; init; }

    /// <summary>The intervals that the shares were counted from, by beginning.</summary>
    public required IReadOnlyList<Interval> Evidence { get; init; }

    public Duration Delay => Began - Since;

    /// <summary>
    /// A profiler's samples while neither an ISR nor a DPC ran: the code that a thread was in, the most frequent first. It may have raised its IRQL.
    /// </summary>
    public IReadOnlyList<(string Source, long Count)> Samples { get; init; } = [];

    /// <summary>Intervals that were counted and are not in <see cref="Evidence"/>, because longer ones are too many.</summary>
    public long EvidenceLeftOut { get; init; }
}
