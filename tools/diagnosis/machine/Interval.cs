using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Machine;

/// <summary>One activity of one processor, from its first instruction to its last; what interrupted it is not taken out.</summary>
/// <param name="Processor">From 0.</param>
/// <param name="Source">Whose it was: a number that <see cref="IMachineSink.Source"/> gave to a name.</param>
/// <param name="Begin">Since the recording's own zero.</param>
/// <param name="End">At or after <paramref name="Begin"/>.</param>
/// <param name="Detail">The vector of an ISR, the softirq's number; -1 if the recording does not say.</param>
public readonly record struct Interval(IntervalKind Kind, ushort Processor, int Source, SimTime Begin, SimTime End, long Detail = -1)
{
    /// <summary>What the thread is called that runs when none does.</summary>
    public const string Idle = "idle";
}
