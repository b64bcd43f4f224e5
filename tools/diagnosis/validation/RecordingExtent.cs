using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Validation;

/// <summary>When a recording begins and ends, and how finely its clock tells time.</summary>
public sealed class RecordingExtent : IMachineSink
{
    // Of so many times not one lies off a grid by chance.
    private const int Enough = 100;
    private static readonly long[] Grids = [1_000_000, 100_000, 10_000, 1_000, 100, 10];

    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly long[] off = new long[Grids.Length];
    private long times;

    public SimTime Begin { get; private set; } = SimTime.Never;
    public SimTime End { get; private set; } = SimTime.Zero;

    /// <summary>The greatest power of ten of nanoseconds of which all times are multiples; 1 ns if there are too few to say.</summary>
    public Duration Resolution
    {
        get
        {
            var grid = times < Enough ? -1 : Array.IndexOf(off, 0);
            return new Duration(grid < 0 ? 1 : Grids[grid]);
        }
    }

    public int Source(string name) => numbers.TryGetValue(name, out var number) ? number : numbers[name] = numbers.Count;

    public void Add(in Interval interval)
    {
        See(interval.Begin);
        See(interval.End);
    }

    public void Add(in Instant instant) => See(instant.Time);

    public void Lost(long events, string what)
    {
    }

    private void See(SimTime time)
    {
        (Begin, End) = (SimTime.Min(Begin, time), SimTime.Max(End, time));
        times++;
        for (var i = 0; i < Grids.Length; i++)
            if (time.Nanoseconds % Grids[i] != 0) off[i]++;
    }
}
