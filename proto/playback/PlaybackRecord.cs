using Pcie.Time;

namespace Pcie.Playback;

/// <summary>One activity of one processor of the recorded machine.</summary>
/// <param name="Processor">From 0; below <see cref="PlaybackFile.Processors"/>.</param>
/// <param name="Source">Whose it was: an index into <see cref="PlaybackFile.Sources"/>.</param>
/// <param name="Begin">Since the playback began, not negative.</param>
/// <param name="End">At or after <paramref name="Begin"/>. What interrupted it lies inside and is a record of its own.</param>
public readonly record struct PlaybackRecord(IntervalKind Kind, ushort Processor, int Source, SimTime Begin, SimTime End);
