using System.Runtime.InteropServices;
using Pcie.Diagnosis.Machine;
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

    private const int LongestPending = 1 << 16;

    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<string> names = [];
    private readonly List<bool> looked = [];
    private readonly List<(Duration Isr, Duration Dpc)> longest = [];
    private readonly Dictionary<ushort, Processor> processors = [];
    private readonly SortedDictionary<string, WaitSummary> summaries = new(StringComparer.Ordinal);
    private readonly List<Wait> wanted = [];
    private readonly List<string> losses = [];
    private readonly HashSet<int> isrs = [], dpcs = [];

    /// <summary>By DPC's name.</summary>
    public IReadOnlyCollection<WaitSummary> Summaries => summaries.Values;

    /// <summary>The waits that cover a time of <see cref="AttributionOptions.Wanted"/>.</summary>
    public IReadOnlyList<Wait> Wanted => wanted;

    /// <summary>What the recording lacks; if there is anything, no verdict may rest on it.</summary>
    public IReadOnlyList<string> Losses => losses;

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
            var own = Enumerable.Range(0, names.Count).Where(source => looked[source] || names[source] == options.Isr).ToList();
            return (new Duration(own.Max(source => longest[source].Isr.Nanoseconds)), new Duration(own.Max(source => longest[source].Dpc.Nanoseconds)));
        }
    }

    public int Source(string name)
    {
        if (numbers.TryGetValue(name, out var number)) return number;
        numbers.Add(name, number = names.Count);
        names.Add(name);
        longest.Add(default);
        looked.Add(options.Dpc?.Invoke(name) ?? true);
        return number;
    }

    public void Lost(long events, string what) => losses.Add(events > 0 ? $"{events} events: {what}" : what);

    public void Gap()
    {
        foreach (var processor in processors.Values) processor.Clear();
    }

    public void Add(in Instant instant)
    {
        switch (instant.Kind)
        {
            case InstantKind.DpcInterruptRequested:
                At(instant.Processor).Requested.Add(instant.Time);
                return;
            case InstantKind.InterruptPending:
                // The first of several that are pending starts the clock.
                if (looked[instant.Source]) At(instant.Processor).Isrs.TryAdd(instant.Source, instant.Time);
                return;
        }
        if (instant.Kind == InstantKind.Sample || options.Isr is not null || !looked[instant.Source]) return;
        At(instant.Processor).Request(instant.Source, instant.Time, instant.Kind == InstantKind.DpcQueued);
    }

    public void Add(in Interval interval)
    {
        var processor = At(interval.Processor);
        processor.Remember(interval);
        if (interval.Kind == IntervalKind.Isr)
        {
            isrs.Add(interval.Source);
            Measure(interval, isIsr: true);
            if (processor.Isrs.Remove(interval.Source, out var arrived) && IsWanted(arrived, interval.Begin))
                wanted.Add(Explain(processor, interval, arrived, 0) with { IsOfIsr = true });
            if (options.Isr is { } asking && names[interval.Source] == asking)
                for (var dpc = 0; dpc < looked.Count; dpc++)
                    if (looked[dpc] && dpc != interval.Source) processor.Request(dpc, interval.End, queued: true);
            return;
        }
        if (interval.Kind is not (IntervalKind.Dpc or IntervalKind.TimerDpc or IntervalKind.ThreadedDpc)) return;
        dpcs.Add(interval.Source);
        Measure(interval, isIsr: false);
        if (looked[interval.Source]) HasRun(processor, interval);
        processor.Forget();
    }

    private void Measure(in Interval interval, bool isIsr)
    {
        var ((isr, dpc), length) = (longest[interval.Source], interval.End - interval.Begin);
        if (length > (isIsr ? isr : dpc)) longest[interval.Source] = isIsr ? (length, dpc) : (isr, length);
    }

    private void HasRun(Processor processor, in Interval run)
    {
        if (!processor.TryTake(run.Source, run.Begin, out var request, out var coalesced))
        {
            // A wait that is not seen is no wait of zero. With a named ISR, a run may be on another's account.
            if (options.Isr is null) RunsWithoutRequest++;
            return;
        }
        var since = options.FromIsrEnd ? SimTime.Min(processor.EndOfIsrAt(request), run.Begin) : request;
        var name = names[run.Source];
        if (!summaries.TryGetValue(name, out var summary)) summaries.Add(name, summary = new WaitSummary(name, options.Worst));
        var delay = run.Begin - since;
        var isWorst = summary.IsAmongWorst(delay);
        summary.Add(delay, coalesced);
        var isWanted = IsWanted(since, run.Begin);
        if (!isWorst && !isWanted) return;
        var wait = Explain(processor, run, since, coalesced);
        if (isWorst) summary.Keep(wait);
        if (isWanted) wanted.Add(wait);
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

    private Wait Explain(Processor processor, in Interval run, SimTime since, long coalesced)
    {
        var evidence = processor.Between(since, run.Begin);
        evidence.Sort(ExclusiveSweep.Order);
        var credits = new long[evidence.Count];
        // What is left of the time before somebody asked for the DPC interrupt is known, what is left after it is not.
        var asked = processor.FirstRequestedIn(since, run.Begin);
        var deferred = ExclusiveSweep.Credit(CollectionsMarshal.AsSpan(evidence), since.Nanoseconds, asked.Nanoseconds, credits);
        var rest = ExclusiveSweep.Credit(CollectionsMarshal.AsSpan(evidence), asked.Nanoseconds, run.Begin.Nanoseconds, credits);
        var shares = evidence.Zip(credits)
            .GroupBy(pair => (Kind: KindOf(pair.First, since), pair.First.Source), pair => pair.Second)
            .Select(group => new Share(group.Key.Kind, names[group.Key.Source], group.LongCount(), new Duration(group.Sum())))
            .Concat(deferred == 0 ? [] : [new Share(ShareKind.Deferred, "", 1, new Duration(deferred))])
            .OrderByDescending(share => share.Time).ThenBy(share => share.Kind).ThenBy(share => share.Source, StringComparer.Ordinal)
            .Append(new Share(ShareKind.Unexplained, "", 0, new Duration(rest)));
        return new Wait(names[run.Source], run.Processor, since, run.Begin, run.End, coalesced, [.. shares], evidence);
    }

    private static ShareKind KindOf(in Interval interval, SimTime since) => interval.Kind switch
    {
        IntervalKind.Isr => ShareKind.Interrupts,
        IntervalKind.Stall => ShareKind.Silent,
        IntervalKind.RaisedIrql => ShareKind.RaisedIrql,
        IntervalKind.Thread or IntervalKind.ThreadedDpc => ShareKind.Thread,
        _ => interval.Begin < since ? ShareKind.AlreadyRunning : ShareKind.AheadInQueue,
    };

    private Processor At(ushort number)
    {
        if (!processors.TryGetValue(number, out var processor)) processors.Add(number, processor = new Processor());
        return processor;
    }

    // What is remembered of one processor: the requests that wait, and what ran since the oldest of them.
    private sealed class Processor
    {
        private readonly Dictionary<int, List<(SimTime At, bool Queued)>> pending = [];
        private readonly List<Interval> history = [];
        private int sizeAtForget;

        // When each message came whose ISR waits.
        public Dictionary<int, SimTime> Isrs { get; } = [];

        // When somebody asked for the DPC interrupt who had not before.
        public List<SimTime> Requested { get; } = [];

        public void Clear()
        {
            pending.Clear();
            history.Clear();
            Requested.Clear();
            Isrs.Clear();
        }

        // The wait's beginning if none did: then nothing is known to have been put off.
        public SimTime FirstRequestedIn(SimTime since, SimTime began)
        {
            var i = Requested.FindIndex(at => at > since && at <= began);
            return i < 0 ? since : Requested[i];
        }

        public void Request(int dpc, SimTime at, bool queued)
        {
            if (!pending.TryGetValue(dpc, out var requests)) pending.Add(dpc, requests = []);
            // The first starts the clock, and the last few are soon taken; a DPC that never runs must not fill memory.
            if (requests.Count < LongestPending) requests.Add((at, queued));
        }

        // Those made up to the run's beginning are answered by it. False if the first of them had been queued before the recording.
        public bool TryTake(int dpc, SimTime begin, out SimTime since, out long coalesced)
        {
            (since, coalesced) = (default, 0);
            if (!pending.TryGetValue(dpc, out var requests)) return false;
            var answered = 0;
            while (answered < requests.Count && requests[answered].At <= begin) answered++;
            if (answered == 0) return false;
            var first = requests[0];
            (since, coalesced) = (first.At, answered - 1);
            requests.RemoveRange(0, answered);
            return first.Queued;
        }

        public void Remember(in Interval interval)
        {
            if (history.Count == LongestHistory) history.RemoveRange(0, LongestHistory / 2);
            history.Add(interval);
        }

        // What ended before the oldest request that waits explains nothing any more.
        public void Forget()
        {
            if (history.Count < 2 * sizeAtForget + 64) return;
            var oldest = SimTime.Never;
            foreach (var requests in pending.Values)
                if (requests.Count > 0) oldest = SimTime.Min(oldest, requests[0].At);
            if (oldest == SimTime.Never) history.Clear();
            else history.RemoveAll(interval => interval.End < oldest);
            Requested.RemoveAll(at => at < oldest);
            sizeAtForget = history.Count;
        }

        public SimTime EndOfIsrAt(SimTime request)
        {
            // The innermost: the one that ended first.
            foreach (var interval in history)
                if (interval.Kind == IntervalKind.Isr && interval.Begin <= request && request <= interval.End) return interval.End;
            return request;
        }

        public List<Interval> Between(SimTime from, SimTime to) => history.FindAll(interval => interval.End > from && interval.Begin < to);
    }
}
