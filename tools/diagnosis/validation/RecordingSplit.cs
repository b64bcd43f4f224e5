using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Validation;

/// <summary>
/// Parts a recording by time, once or again and again: one sink is told the first part of each slice, and another the rest; what lies across an edge
/// is told to neither, and nothing is measured across one.
/// </summary>
/// <param name="slice">How long a slice is.</param>
/// <param name="share">How much of each is the first part, 0 to 1.</param>
public sealed class RecordingSplit(SimTime begin, Duration slice, double share, IMachineSink before, IMachineSink after) : IMachineSink
{
    private readonly Dictionary<ushort, long> parts = [];
    private readonly List<(int Before, int After)> numbers = [];
    private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);

    public int Source(string name)
    {
        if (known.TryGetValue(name, out var number)) return number;
        numbers.Add((before.Source(name), after.Source(name)));
        return known[name] = numbers.Count - 1;
    }

    public void Add(in Interval interval)
    {
        if (PartOf(interval.Begin) is var part && part != PartOf(interval.End)) return;
        Enter(interval.Processor, part);
        if (part % 2 == 0) before.Add(interval with { Source = numbers[interval.Source].Before });
        else after.Add(interval with { Source = numbers[interval.Source].After });
    }

    public void Add(in Instant instant)
    {
        var part = PartOf(instant.Time);
        Enter(instant.Processor, part);
        if (part % 2 == 0) before.Add(instant with { Source = numbers[instant.Source].Before });
        else after.Add(instant with { Source = numbers[instant.Source].After });
    }

    public void Cut(in Interval run)
    {
        if (PartOf(run.Begin) is var part && part != PartOf(run.End)) return;
        if (part % 2 == 0) before.Cut(run with { Source = numbers[run.Source].Before });
        else after.Cut(run with { Source = numbers[run.Source].After });
    }

    // Which part lacks it is not known, or not worth knowing: neither may be measured across it.
    public void Lost(long events, string what)
    {
        before.Lost(events, what);
        after.Lost(events, what);
    }

    public void LostAt(ushort processor, long events, string what)
    {
        before.LostAt(processor, events, what);
        after.LostAt(processor, events, what);
    }

    public void Gap()
    {
        before.Gap();
        after.Gap();
    }

    private long PartOf(SimTime time)
    {
        var (whole, rest) = Math.DivRem(Math.Max(0, (time - begin).Nanoseconds), slice.Nanoseconds);
        return 2 * whole + (rest < share * slice.Nanoseconds ? 0 : 1);
    }

    // Each processor comes to an edge by itself.
    private void Enter(ushort processor, long part)
    {
        if (parts.TryGetValue(processor, out var last) && part <= last) return;
        parts[processor] = part;
        if (part < 2) return;
        if (part % 2 == 0) before.Break(processor);
        else after.Break(processor);
    }
}
