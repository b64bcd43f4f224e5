using System.Runtime.InteropServices;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>
/// Listens to what a machine did, pairs each run of a DPC with the request that it answers, and says what had the processor in between. The
/// first request that no run has answered starts the clock; one that comes while the routine runs belongs to the next run.
/// </summary>
/// <remarks>
/// A DPC is unlinked before its routine is called (KiRetireDpcList), so it can be queued again at once. Memory: the intervals since the oldest
/// request that waits, of each processor, at most <see cref="LongestHistory"/>.
/// </remarks>
public sealed class WaitAttribution(AttributionOptions options) : IMachineSink
{
    /// <summary>Intervals of a processor that are kept while a DPC waits; a wait that is longer is explained from the later ones.</summary>
    public const int LongestHistory = 1 << 20;

    // Of losses whose place is known, and of events that the reader asked for.
    private const int MaxTold = 1000;

    // A picture or a list has no use for more; the shares are counted before.
    private const int MaxEvidence = 4096;

    // The number of the one DPC that is looked at, before its own is known.
    private const int OfNamedIsr = -1;

    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<string> names = [];
    private readonly List<bool> looked = [], asks = [];
    private readonly List<(Duration Isr, Duration Dpc)> longest = [];
    private readonly Dictionary<ushort, ProcessorHistory> processors = [];
    private readonly SortedDictionary<string, WaitSummary> summaries = new(StringComparer.Ordinal);
    private readonly List<Wait> wanted = [];
    private readonly List<string> losses = [], lossesAt = [];
    private readonly HashSet<int> isrs = [], dpcs = [];
    private readonly List<EventWait> events = [], eventsOpen = [];
    private readonly ActivityCounts activities = new();
    private readonly Silences? silences = options.FindsSilences ? new Silences() : null;
    private Wait? last;

    /// <summary>By DPC's name.</summary>
    public IReadOnlyCollection<WaitSummary> Summaries => summaries.Values;

    /// <summary>The waits that cover a time of <see cref="AttributionOptions.Wanted"/>.</summary>
    public IReadOnlyList<Wait> Wanted => wanted;

    /// <summary>What the recording lacks, nobody knows where; if there is anything, no verdict may rest on it.</summary>
    public IReadOnlyList<string> Losses => losses;

    /// <summary>What it lacks at a place that is known: no wait across it is counted, and the others are not touched by it.</summary>
    public IReadOnlyList<string> LossesAtKnownPlaces => lossesAt;

    /// <summary>By time; those that were asked for, at most a thousand.</summary>
    public IReadOnlyList<EventWait> Events => events;

    /// <summary>Whether the recording has context switches or a profiler's samples: without, it cannot tell that a thread was in the way.</summary>
    public bool HasThreads { get; private set; }

    /// <summary>A profiler's samples in it.</summary>
    public long Samples { get; private set; }

    /// <summary>All that was told, by source, kind and processor, the busiest first.</summary>
    public IReadOnlyList<ActivityCount> Activities => activities.Of(NameOf);

    /// <summary>Runs whose request was made before the recording began, or is not in it.</summary>
    public long RunsWithoutRequest { get; private set; }

    /// <summary>Names of ISRs that were seen, for who has to choose one.</summary>
    public IEnumerable<string> Isrs => isrs.Order().Select(number => names[number]);

    /// <summary>Names of DPCs that were seen.</summary>
    public IEnumerable<string> Dpcs => dpcs.Order().Select(number => names[number]);

    /// <summary>The name behind an <see cref="Interval"/>'s source.</summary>
    public string NameOf(int source) => names[source];

    /// <summary>Whether an ISR was named whose driver is looked at.</summary>
    public bool HasNamedIsr => options.Isr is not null;

    /// <summary>The longest ISR and the longest DPC of those looked at, with what interrupted them; zero if none.</summary>
    public (Duration Isr, Duration Dpc) LongestOwn
    {
        get
        {
            var own = Enumerable.Range(0, names.Count).Where(source => looked[source] || asks[source]).ToList();
            return (own.Max(source => longest[source].Isr), own.Max(source => longest[source].Dpc));
        }
    }

    public int Source(string name)
    {
        if (numbers.TryGetValue(name, out var number)) return number;
        numbers.Add(name, number = names.Count);
        names.Add(name);
        longest.Add(default);
        looked.Add(options.Dpc?.Invoke(name) ?? true);
        asks.Add(options.Isr?.Invoke(name) ?? false);
        return number;
    }

    public void Lost(long events, string what) => losses.Add(events > 0 ? $"{events} events: {what}" : what);

    public void LostAt(ushort processor, long events, string what)
    {
        At(processor).Clear();
        silences?.Forget();
        if (lossesAt.Count < MaxTold) lossesAt.Add(events > 0 ? $"{events} events: {what}" : what);
    }

    public void Gap()
    {
        foreach (var processor in processors.Values) processor.Clear();
        silences?.Forget();
    }

    /// <summary>The recording ends: what only the whole of it can tell is put into the waits that were kept.</summary>
    public void Complete()
    {
        events.AddRange(eventsOpen);
        eventsOpen.Clear();
        if (silences?.Unusual() is { Count: > 0 } unusual)
        {
            foreach (var summary in summaries.Values) summary.Replace(WithSilences);
            for (var i = 0; i < events.Count; i++) events[i] = events[i] with { Wait = events[i].Wait is { } wait ? WithSilences(wait) : null };

            Wait WithSilences(Wait wait) => SilentShares.PutInto(wait, unusual, Source(Silences.Name), NameOf, knowsDpcs: Samples == 0);
        }
        events.Sort((a, b) => a.At.CompareTo(b.At));
    }

    public void Add(in Instant instant)
    {
        silences?.Add(instant.Time);
        switch (instant.Kind)
        {
            case InstantKind.Sample:
                Samples++;
                HasThreads = true;
                At(instant.Processor).Sampled(instant.Time, instant.Source);
                return;
            case InstantKind.DpcRemoved:
                At(instant.Processor).Withdraw(instant.Source);
                return;
            case InstantKind.DpcTaken:
                if (options.Isr is null && looked[instant.Source]) At(instant.Processor).Take(instant.Source);
                return;
            case InstantKind.ThreadRuns:
                HasThreads = true;
                At(instant.Processor).Thread = (instant.Time, instant.Source);
                return;
            case InstantKind.Event:
                if (events.Count + eventsOpen.Count < MaxTold)
                    eventsOpen.Add(new EventWait(names[instant.Source], instant.Time, instant.Processor, last));
                return;
            case InstantKind.DpcInterruptRequested:
                At(instant.Processor).Requested.Add(instant.Time);
                return;
            case InstantKind.InterruptPending:
                // The first of several that are pending starts the clock.
                if (looked[instant.Source]) At(instant.Processor).Isrs.TryAdd(instant.Source, instant.Time);
                return;
        }
        if (options.Isr is not null || !looked[instant.Source]) return;
        At(instant.Processor).Request(instant.Source, instant.Time, instant.Kind == InstantKind.DpcQueued);
    }

    public void Add(in Interval interval)
    {
        var processor = At(interval.Processor);
        processor.Remember(interval);
        activities.Add(interval);
        silences?.Add(interval);
        HasThreads |= interval.Kind == IntervalKind.Thread;
        if (interval.Kind == IntervalKind.Isr)
        {
            isrs.Add(interval.Source);
            Measure(interval, isIsr: true);
            if (processor.Isrs.Remove(interval.Source, out var arrived) && IsWanted(arrived, interval.Begin))
                wanted.Add(Explain(processor, interval, arrived, 0) with { IsOfIsr = true });
            if (asks[interval.Source]) processor.Request(OfNamedIsr, interval.End, queued: true);
            return;
        }
        if (interval.Kind is not (IntervalKind.Dpc or IntervalKind.TimerDpc or IntervalKind.ThreadedDpc)) return;
        dpcs.Add(interval.Source);
        Measure(interval, isIsr: false);
        if (looked[interval.Source]) HasRun(processor, interval);
        // With a named ISR the DPC may run elsewhere than its ISR.
        if (processor.IsDueToForget) processor.Forget(options.Isr is null ? processor.Oldest : processors.Values.Min(one => one.Oldest));
    }

    public void Cut(in Interval run)
    {
        silences?.Add(run with { End = run.Begin });
        if (run.Kind is not (IntervalKind.Dpc or IntervalKind.TimerDpc or IntervalKind.ThreadedDpc)) return;
        dpcs.Add(run.Source);
        if (looked[run.Source]) HasRun(At(run.Processor), run with { End = run.Begin }, hasEnd: false);
    }

    private void Measure(in Interval interval, bool isIsr)
    {
        var ((isr, dpc), length) = (longest[interval.Source], interval.End - interval.Begin);
        if (length > (isIsr ? isr : dpc)) longest[interval.Source] = isIsr ? (length, dpc) : (isr, length);
    }

    private void HasRun(ProcessorHistory processor, in Interval run, bool hasEnd = true)
    {
        var dpc = options.Isr is null ? run.Source : OfNamedIsr;
        if (!AskedOf(processor, dpc, run.Begin).TryTake(dpc, run.Begin, out var request, out var coalesced))
        {
            // A wait that is not seen is no wait of zero. With a named ISR, a run may be on another's account.
            if (options.Isr is null) RunsWithoutRequest++;
            return;
        }
        var since = options.FromIsrEnd && options.Isr is null ? SimTime.Min(processor.EndOfIsrAt(request), run.Begin) : request;
        var name = names[run.Source];
        if (!summaries.TryGetValue(name, out var summary)) summaries.Add(name, summary = new WaitSummary(name, options.Worst));
        var delay = run.Begin - since;
        var isWorst = summary.IsAmongWorst(delay);
        summary.Add(run.Processor, delay, coalesced);
        var isWanted = IsWanted(since, run.Begin);
        if (!isWorst && !isWanted && !options.ExplainsEvents) return;
        var wait = Explain(processor, run, since, coalesced) with { HasEnd = hasEnd };
        if (isWorst) summary.Keep(wait);
        if (isWanted) wanted.Add(wait);
        if (!options.ExplainsEvents) return;
        // An event that has come already lies in this wait or its run, or no wait covers it.
        foreach (var e in eventsOpen)
            if (e.At <= wait.Ended) events.Add(e.At >= since ? e with { Wait = wait } : e);
        eventsOpen.RemoveAll(e => e.At <= wait.Ended);
        last = wait;
    }

    // A DPC with a target processor runs elsewhere than the ISR that asks for it, where ISRs stand for the requests.
    private ProcessorHistory AskedOf(ProcessorHistory processor, int dpc, SimTime begin)
    {
        if (options.Isr is null || processor.OldestOf(dpc) <= begin) return processor;
        return processors.Values.MinBy(one => one.OldestOf(dpc))!;
    }

    private bool IsWanted(SimTime from, SimTime to)
    {
        var (low, high) = (0, options.Wanted.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (options.Wanted[middle] < from) low = middle + 1;
            else high = middle;
        }
        return low < options.Wanted.Count && options.Wanted[low] <= to;
    }

    private Wait Explain(ProcessorHistory processor, in Interval run, SimTime since, long coalesced)
    {
        var evidence = processor.Between(run.Processor, since, run.Begin);
        evidence.Sort(ExclusiveSweep.Order);
        var credits = new long[evidence.Count];
        // What is left of the time before somebody asked for the DPC interrupt is known, what is left after it is not.
        var asked = processor.FirstRequestedIn(since, run.Begin);
        var deferred = ExclusiveSweep.Credit(CollectionsMarshal.AsSpan(evidence), since.Nanoseconds, asked.Nanoseconds, credits);
        var rest = ExclusiveSweep.Credit(CollectionsMarshal.AsSpan(evidence), asked.Nanoseconds, run.Begin.Nanoseconds, credits);
        var runs = run.Kind;
        var shares = evidence.Zip(credits)
            .GroupBy(pair => (Kind: KindOf(pair.First, since, runs), pair.First.Source), pair => pair.Second)
            .Select(group => new Share(group.Key.Kind, names[group.Key.Source], group.LongCount(), new Duration(group.Sum())))
            .Concat(deferred == 0 ? [] : [new Share(ShareKind.Deferred, "", 1, new Duration(deferred))]);
        var samples = processor.SamplesBetween(since, run.Begin)
            .Where(sample => !evidence.Exists(i => i.Kind >= IntervalKind.Dpc && i.Begin <= sample.At && sample.At < i.End))
            .GroupBy(sample => sample.Source, (source, all) => (names[source], all.LongCount())).OrderByDescending(sample => sample.Item2);
        return new Wait
        {
            Source = names[run.Source], Processor = run.Processor, Since = since, Began = run.Begin, Ended = run.End, Coalesced = coalesced,
            Shares = Share.InOrder(shares, new Duration(rest)), Samples = [.. samples],
            Evidence = evidence.Count <= MaxEvidence ? evidence : LongestOf(evidence), EvidenceLeftOut = Math.Max(0, evidence.Count - MaxEvidence),
        };
    }

    private static List<Interval> LongestOf(List<Interval> evidence)
    {
        List<Interval> longest = [.. evidence.OrderByDescending(interval => interval.End - interval.Begin).Take(MaxEvidence)];
        longest.Sort(ExclusiveSweep.Order);
        return longest;
    }

    private ShareKind KindOf(in Interval interval, SimTime since, IntervalKind runs) => interval.Kind switch
    {
        IntervalKind.Isr => ShareKind.Interrupts,
        IntervalKind.Stall => ShareKind.Silent,
        IntervalKind.RaisedIrql => ShareKind.RaisedIrql,
        IntervalKind.Thread => names[interval.Source] == Interval.Idle ? ShareKind.Idle : ShareKind.Thread,
        // Threaded DPCs have a queue of their own, in which one waits for another.
        IntervalKind.ThreadedDpc when runs != IntervalKind.ThreadedDpc => ShareKind.Thread,
        _ => interval.Begin < since ? ShareKind.AlreadyRunning : ShareKind.AheadInQueue,
    };

    private ProcessorHistory At(ushort number)
    {
        if (!processors.TryGetValue(number, out var processor)) processors.Add(number, processor = new ProcessorHistory());
        return processor;
    }
}
