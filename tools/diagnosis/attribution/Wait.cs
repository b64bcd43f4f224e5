using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>One run of a DPC, and where the time went that it waited for.</summary>
/// <param name="Source">The DPC.</param>
/// <param name="Processor">Where it ran, and waited.</param>
/// <param name="Since">When the wait began: when the first request that this run answers was made, or the ISR that made it ended.</param>
/// <param name="Began">When its routine began.</param>
/// <param name="Ended">When its routine ended.</param>
/// <param name="Coalesced">Further requests that this one run answers.</param>
/// <param name="Shares">The longest first, what is unexplained last. They sum to <see cref="Delay"/> exactly.</param>
/// <param name="Evidence">The intervals that the shares were counted from, by beginning.</param>
/// <param name="IsOfIsr">Whether it was the ISR that waited, from its message's arrival at the processor, and not the DPC.</param>
public sealed record Wait(
    string Source, ushort Processor, SimTime Since, SimTime Began, SimTime Ended, long Coalesced,
    IReadOnlyList<Share> Shares, IReadOnlyList<Interval> Evidence, bool IsOfIsr = false)
{
    public Duration Delay => Began - Since;

    /// <summary>
    /// A profiler's samples while neither an ISR nor a DPC ran: the code that a thread was in, the most frequent first. It may have raised its IRQL.
    /// </summary>
    public IReadOnlyList<(string Source, long Count)> Samples { get; init; } = [];

    /// <summary>Intervals that were counted and are not in <see cref="Evidence"/>, because longer ones are too many.</summary>
    public long EvidenceLeftOut { get; init; }

    /// <summary>Whether it waited at that time.</summary>
    public bool Covers(SimTime time) => Since <= time && time <= Began;
}
