using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>Keeps a recording, threads below DISPATCH_LEVEL left out, to be written as a playback file.</summary>
/// <remarks>In memory, 32 bytes an interval: a playback is sorted by begin, and a recording by end.</remarks>
/// <param name="isWanted">Which sources, by name.</param>
public sealed class PlaybackRecorder(Func<string, bool> isWanted) : IMachineSink
{
    private readonly List<bool> wanted = [];
    private readonly List<string> names = [];
    private readonly Dictionary<string, int> numbers = [];
    private readonly List<PlaybackRecord> records = [];

    public int Source(string name)
    {
        if (numbers.TryGetValue(name, out var number)) return number;
        names.Add(name);
        wanted.Add(isWanted(name));
        return numbers[name] = names.Count - 1;
    }

    public void Add(in Interval interval)
    {
        if (interval.Kind == IntervalKind.Thread || !wanted[interval.Source]) return;
        records.Add(new PlaybackRecord(interval.Kind, interval.Processor, interval.Source, interval.Begin, interval.End));
    }

    public void Add(in Instant instant)
    {
    }

    public void Lost(long events, string what)
    {
    }

    /// <summary>All that was recorded, its first beginning as zero.</summary>
    /// <exception cref="InvalidDataException">It has no intervals.</exception>
    public PlaybackFile Close()
    {
        if (records.Count == 0) throw new InvalidDataException("The recording has no intervals that are wanted, so there is nothing to play back.");
        // Of two that begin together, the longer one was there first.
        records.Sort((a, b) => a.Begin != b.Begin ? a.Begin.CompareTo(b.Begin) : b.End.CompareTo(a.End));
        var zero = records[0].Begin;
        var shifted = records.ConvertAll(r => r with { Begin = SimTime.Zero + (r.Begin - zero), End = SimTime.Zero + (r.End - zero) });
        var length = shifted.Max(r => r.End) - SimTime.Zero;
        return new PlaybackFile(shifted.Max(r => r.Processor) + 1, length > Duration.Zero ? length : new Duration(1), names, shifted);
    }
}
