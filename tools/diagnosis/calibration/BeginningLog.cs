using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>When what began, from a recording's beginning until there is so much of it that memory would grow with the recording.</summary>
internal sealed class BeginningLog
{
    private const int Most = 1 << 18, MostGaps = 1 << 14;

    private readonly Dictionary<SourceMeasurement, List<SimTime>> times = [];
    private readonly Dictionary<ushort, List<(SimTime From, SimTime To)>> gaps = [];
    private int count, gapCount;

    /// <summary>Until when all that began is here.</summary>
    public SimTime End { get; private set; }

    /// <summary>Since when.</summary>
    public SimTime Begin { get; private set; } = SimTime.Never;

    private bool IsFull => count >= Most || gapCount >= MostGaps;

    public void Add(SourceMeasurement source, SimTime begin)
    {
        if (IsFull) return;
        count++;
        if (!times.TryGetValue(source, out var own)) times.Add(source, own = []);
        own.Add(begin);
        Begin = SimTime.Min(Begin, begin);
        End = SimTime.Max(End, begin);
    }

    /// <summary>Nothing is known of a processor in this time.</summary>
    public void AddGap(ushort processor, SimTime from, SimTime to)
    {
        if (IsFull) return;
        gapCount++;
        if (!gaps.TryGetValue(processor, out var own)) gaps.Add(processor, own = []);
        own.Add((from, to));
    }

    /// <summary>In nanoseconds, rising.</summary>
    public long[] TimesOf(SourceMeasurement source)
    {
        long[] all = times.TryGetValue(source, out var own) ? [.. own.Select(time => time.Nanoseconds)] : [];
        // What is interrupted is told after what interrupted it.
        Array.Sort(all);
        return all;
    }

    public IReadOnlyList<(SimTime From, SimTime To)> GapsOf(ushort processor) => gaps.TryGetValue(processor, out var own) ? own : [];
}
