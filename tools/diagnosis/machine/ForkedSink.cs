namespace Pcie.Diagnosis.Machine;

/// <summary>Tells two sinks everything.</summary>
public sealed class ForkedSink(IMachineSink first, IMachineSink second) : IMachineSink
{
    private readonly List<(int First, int Second)> numbers = [];
    private readonly Dictionary<string, int> known = new(StringComparer.Ordinal);

    public int Source(string name)
    {
        if (known.TryGetValue(name, out var number)) return number;
        numbers.Add((first.Source(name), second.Source(name)));
        return known[name] = numbers.Count - 1;
    }

    public void Add(in Interval interval)
    {
        first.Add(interval with { Source = numbers[interval.Source].First });
        second.Add(interval with { Source = numbers[interval.Source].Second });
    }

    public void Add(in Instant instant)
    {
        first.Add(instant with { Source = numbers[instant.Source].First });
        second.Add(instant with { Source = numbers[instant.Source].Second });
    }

    public void Cut(in Interval run)
    {
        first.Cut(run with { Source = numbers[run.Source].First });
        second.Cut(run with { Source = numbers[run.Source].Second });
    }

    public void Lost(long events, string what)
    {
        first.Lost(events, what);
        second.Lost(events, what);
    }

    public void LostAt(ushort processor, long events, string what)
    {
        first.LostAt(processor, events, what);
        second.LostAt(processor, events, what);
    }

    public void Break(ushort processor)
    {
        first.Break(processor);
        second.Break(processor);
    }

    public void Gap()
    {
        first.Gap();
        second.Gap();
    }
}
