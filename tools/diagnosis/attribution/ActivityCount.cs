using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>All that one source did on one processor.</summary>
/// <param name="Count">Intervals.</param>
/// <param name="Busy">Their time without what interrupted them: of a processor's sources these do not overlap.</param>
/// <param name="Longest">The longest interval, with what interrupted it.</param>
public readonly record struct ActivityCount(string Source, IntervalKind Kind, ushort Processor, long Count, Duration Busy, Duration Longest);
