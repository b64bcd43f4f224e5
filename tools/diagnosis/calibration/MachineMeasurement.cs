using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>Measures every source of a recording while it is read. Threads are left out: they delay no DPC.</summary>
public sealed class MachineMeasurement : IMachineSink
{
    /// <summary>Sources that are told apart, each of its processor; what else runs there is one source more.</summary>
    public const int MaxSources = 1 << 15;

    // Of a recording that loses events all the time.
    private const int MaxTold = 1000;

    private readonly List<string> names = [];
    private readonly Dictionary<string, int> numbers = [];
    private readonly Dictionary<(int Source, IntervalKind Kind, ushort Processor, RequestOrigin Origin, int Isr), SourceMeasurement> sources = [];
    private readonly Dictionary<ushort, RequestCauses> causes = [];
    private readonly Dictionary<ushort, Stack<Interval>> told = [];
    private readonly Dictionary<ushort, Stretch> stretches = [];
    private readonly BeginningLog beginnings = new();
    private readonly List<string> losses = [];
    private SimTime begin = SimTime.Never, end = SimTime.Zero;
    private bool isClosed;

    /// <summary>Whether to look for sources of which one comes after another.</summary>
    public bool LooksForFollowing { get; init; } = true;

    /// <summary>From the first beginning to the last end.</summary>
    public Duration Length => end > begin ? end - begin : new Duration(1);

    /// <summary>The highest processor's number and one.</summary>
    public int Processors { get; private set; } = 1;

    public long LostEvents { get; private set; }
    public IReadOnlyList<string> Losses => losses;

    public int Source(string name)
    {
        if (numbers.TryGetValue(name, out var number)) return number;
        names.Add(name);
        return numbers[name] = names.Count - 1;
    }

    /// <summary>The busiest first. Nothing can be added any more.</summary>
    public IReadOnlyList<SourceMeasurement> Close()
    {
        if (!isClosed)
        {
            // A processor that was silent at the beginning or the end was recorded all the same.
            foreach (var source in sources.Values) source.End(end);
            foreach (var source in sources.Values)
                source.Close(stretches[source.Processor] is { Gaps: var gaps } ? new Duration(Math.Max(1, Length.Nanoseconds - gaps)) : Length);
        }
        IReadOnlyList<SourceMeasurement> all = [.. sources.Values.OrderByDescending(s => s.Busy)
            .ThenBy(s => s.Name, StringComparer.Ordinal).ThenBy(s => s.Processor)];
        if (!isClosed) Beats.Find(all);
        if (!isClosed && LooksForFollowing) FollowingSearch.Find(all, beginnings);
        isClosed = true;
        return all;
    }

    public void Add(in Interval interval)
    {
        Processors = Math.Max(Processors, interval.Processor + 1);
        begin = SimTime.Min(begin, interval.Begin);
        end = SimTime.Max(end, interval.End);
        var stretch = At(interval.Processor);
        Goes(interval.Processor, stretch, interval.Begin, interval.End);
        if (interval.Kind == IntervalKind.Thread) return;
        // What lies inside has been told before: what is left is its own time.
        if (!told.TryGetValue(interval.Processor, out var inside)) told[interval.Processor] = inside = new Stack<Interval>();
        var net = interval.End - interval.Begin;
        while (inside.TryPeek(out var inner) && inner.Begin >= interval.Begin)
        {
            net -= inner.End - inner.Begin;
            inside.Pop();
        }
        // What ended before anything open began lies in nothing: as intervals nest, only a few can still be inside another.
        if (inside.Count >= 1 << 16) inside.Clear();
        inside.Push(interval);
        var cause = interval.Kind == IntervalKind.Isr ? null : CausesOn(interval.Processor).Of(interval, net);
        var source = Source(interval, cause?.Origin ?? RequestOrigin.Unknown, cause?.Isr ?? -1);
        if (cause is { Alone: var alone }) source.AddAlone(alone);
        CausesOn(interval.Processor).Ran(interval, net);
        // The first of a recording begins where all of it does, and one told later may have begun before it.
        source.Add(stretch.Since ?? begin, interval.Begin, net > Duration.Zero ? net : Duration.Zero);
        beginnings.Add(source, interval.Begin);
    }

    public void Add(in Instant instant)
    {
        Goes(instant.Processor, At(instant.Processor), instant.Time, instant.Time);
        CausesOn(instant.Processor).Add(instant);
    }

    /// <summary>What lies before is not measured against what lies after.</summary>
    public void LostAt(ushort processor, long events, string what)
    {
        Lost(events, what);
        Break(processor);
    }

    public void Gap()
    {
        foreach (var processor in stretches.Keys) Break(processor);
    }

    public void Break(ushort processor)
    {
        var stretch = At(processor);
        if (stretch.Last is not { } last) return;
        foreach (var source in sources.Values)
            if (source.Processor == processor) source.End(last);
        told.Remove(processor);
        causes.Remove(processor);
        stretch.Break();
    }

    private SourceMeasurement Source(in Interval interval, RequestOrigin origin, int isr)
    {
        var key = (interval.Source, interval.Kind, interval.Processor, origin, isr);
        if (sources.TryGetValue(key, out var source)) return source;
        if (sources.Count >= MaxSources)
        {
            key = (Source(NameTable<int>.Others), interval.Kind, interval.Processor, RequestOrigin.Unknown, -1);
            if (sources.TryGetValue(key, out source)) return source;
            return sources[key] = new SourceMeasurement(NameTable<int>.Others, interval.Kind, interval.Processor, RequestOrigin.Unknown, null);
        }
        var cause = origin == RequestOrigin.Isr
            ? sources.GetValueOrDefault((isr, IntervalKind.Isr, interval.Processor, RequestOrigin.Unknown, -1)) : null;
        return sources[key] = new SourceMeasurement(names[interval.Source], interval.Kind, interval.Processor, origin, cause);
    }

    private RequestCauses CausesOn(ushort processor)
    {
        if (!causes.TryGetValue(processor, out var one)) causes.Add(processor, one = new RequestCauses());
        return one;
    }

    private void Goes(ushort processor, Stretch stretch, SimTime from, SimTime to)
    {
        if (stretch.Goes(from, to) is { } gap) beginnings.AddGap(processor, gap, from);
    }

    private Stretch At(ushort processor)
    {
        if (!stretches.TryGetValue(processor, out var stretch)) stretches.Add(processor, stretch = new Stretch());
        return stretch;
    }

    public void Lost(long events, string what)
    {
        LostEvents += events;
        if (losses.Count < MaxTold) losses.Add(what);
    }

    /// <summary>How far a processor has been recorded without a gap.</summary>
    private sealed class Stretch
    {
        private bool isBroken;

        /// <summary>When the recording went on after a gap; null before the first.</summary>
        public SimTime? Since { get; private set; }
        public SimTime? Last { get; private set; }

        /// <summary>Together, in nanoseconds.</summary>
        public long Gaps { get; private set; }

        /// <returns>When the gap began that ends here; null if there was none.</returns>
        public SimTime? Goes(SimTime from, SimTime to)
        {
            var gap = isBroken ? Last : null;
            if (gap is { } since)
            {
                Since = from;
                Gaps += Math.Max(0, (from - since).Nanoseconds);
                isBroken = false;
            }
            Last = Last is { } last ? SimTime.Max(last, to) : to;
            return gap;
        }

        public void Break() => isBroken = true;
    }
}
