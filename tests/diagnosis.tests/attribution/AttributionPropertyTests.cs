using CsCheck;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Attribution;

/// <summary>
/// Random machines of several processors, told as an importer tells them, against a reference that looks at every nanosecond. What nests does so
/// as on a processor, ends and beginnings fall together, lengths may be zero, and by rounding what follows may begin a little before the end of what
/// was before.
/// </summary>
public class AttributionPropertyTests
{
    private const int Processors = 3, End = 300, Sources = 4;

    private static readonly Gen<Interval> AnInterval = Gen.Select(
        Gen.OneOf(Gen.Const(IntervalKind.Dpc), Gen.Const(IntervalKind.Isr), Gen.Enum<IntervalKind>()),
        Gen.Int[0, Processors - 1], Gen.Int[0, Sources - 1],
        Gen.OneOf(Gen.Int[0, End], Gen.Int[0, End / 10].Select(tenth => tenth * 10)),
        Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, 8].Select(tenth => tenth * 10)))
        .Select((kind, processor, source, begin, length) =>
            new Interval(kind, (ushort)processor, source, new SimTime(begin), new SimTime(begin + length)));

    private static readonly Gen<(int At, int Processor)> ARequest = Gen.Select(Gen.Int[0, End], Gen.Int[0, Processors - 1]);

    [Fact]
    public void EveryWaitsSharesAreThoseCountedNanosecondByNanosecondAndSumToIt() =>
        Gen.Select(AnInterval.Array[1, 40], ARequest.Array[1, 12]).Sample((raw, asked) =>
        {
            // Ours is source 0; on one processor it runs once at a time, and so do DPCs.
            var intervals = Ordered(raw);
            var attribution = new WaitAttribution(new AttributionOptions { Dpc = name => name == "s0", Worst = 1000 });
            var numbers = Enumerable.Range(0, Sources).Select(source => attribution.Source($"s{source}")).ToArray();
            var requests = Requests(asked, intervals);
            foreach (var told in intervals
                .Select(i => (At: i.End, Order: 1, Interval: (Interval?)i, Request: default((int At, int Processor, bool Queued))))
                .Concat(requests.Select(r => (At: new SimTime(r.At), Order: 0, Interval: (Interval?)null, Request: r)))
                .OrderBy(told => told.At).ThenBy(told => told.Order))
            {
                if (told.Interval is { } interval) attribution.Add(interval with { Source = numbers[interval.Source] });
                else
                {
                    var kind = told.Request.Queued ? InstantKind.DpcQueued : InstantKind.DpcCoalesced;
                    attribution.Add(new Instant(kind, (ushort)told.Request.Processor, numbers[0], told.At));
                }
            }

            var expected = Reference(intervals, requests).Order().ToArray();
            Assert.Equal(expected, attribution.Summaries.SelectMany(summary => summary.Worst).Select(Text).Order());
            Assert.All(attribution.Summaries.SelectMany(summary => summary.Worst), wait =>
            {
                Assert.Equal(wait.Delay.Nanoseconds, wait.Shares.Sum(share => share.Time.Nanoseconds));
                Assert.All(wait.Shares, share => Assert.True(share.Time >= Duration.Zero));
            });
        }, iter: 5_000);

    // What one source had of its processor for itself, summed over all, is the time in which anything ran: nothing is counted twice.
    [Fact]
    public void TheTimeThatSourcesHadForThemselvesIsTheTimeInWhichAnythingRan() => AnInterval.Array[1, 40].Sample(raw =>
    {
        var attribution = new WaitAttribution(new AttributionOptions());
        var numbers = Enumerable.Range(0, Sources).Select(source => attribution.Source($"s{source}")).ToArray();
        var intervals = Nested(raw);
        foreach (var interval in intervals.OrderBy(i => i.End).ThenByDescending(i => i.Begin))
            attribution.Add(interval with { Source = numbers[interval.Source] });
        for (var processor = 0; processor < Processors; processor++)
        {
            var covered = Enumerable.Range(0, 2 * End).LongCount(
                t => intervals.Any(i => i.Processor == processor && i.Begin.Nanoseconds <= t && t < i.End.Nanoseconds));
            Assert.Equal(covered, attribution.Activities.Where(a => a.Processor == processor).Sum(a => a.Busy.Nanoseconds));
        }
        Assert.Equal(intervals.Count, attribution.Activities.Sum(a => a.Count));
    }, iter: 5_000);

    // One DPC at a time on a processor, within a nanosecond, which is what rounding makes of it.
    private static List<Interval> Ordered(Interval[] raw)
    {
        var (kept, last) = (new List<Interval>(), new long[Processors]);
        foreach (var interval in raw.OrderBy(i => i.Begin).ThenBy(i => i.End))
        {
            if (interval.Kind is IntervalKind.Dpc or IntervalKind.TimerDpc or IntervalKind.ThreadedDpc)
            {
                if (interval.Begin.Nanoseconds < last[interval.Processor] - 1) continue;
                last[interval.Processor] = Math.Max(last[interval.Processor], interval.End.Nanoseconds);
            }
            kept.Add(interval);
        }
        return [.. kept.OrderBy(i => i.End).ThenBy(i => i.Begin)];
    }

    // Each lies in another or beside it.
    private static List<Interval> Nested(Interval[] raw)
    {
        var kept = new List<Interval>();
        foreach (var interval in raw)
            if (kept.TrueForAll(other => other.Processor != interval.Processor || other.End <= interval.Begin || interval.End <= other.Begin
                || (other.Begin <= interval.Begin && interval.End <= other.End)
                || (interval.Begin <= other.Begin && other.End <= interval.End))) kept.Add(interval);
        return kept;
    }

    // As KeInsertQueueDpc answers: TRUE unless one that no run has unlinked waits.
    private static List<(int At, int Processor, bool Queued)> Requests((int At, int Processor)[] asked, List<Interval> intervals)
    {
        var requests = new List<(int At, int Processor, bool Queued)>();
        foreach (var (at, processor) in asked.OrderBy(a => a.At))
        {
            var last = requests.FindLastIndex(r => r.Processor == processor);
            var queued = last < 0 || intervals.Exists(i => i.Source == 0 && i.Processor == processor && IsDpc(i)
                && i.Begin.Nanoseconds >= requests[last].At && i.Begin.Nanoseconds < at);
            requests.Add((at, processor, queued));
        }
        return requests;
    }

    private static bool IsDpc(Interval i) => i.Kind is IntervalKind.Dpc or IntervalKind.TimerDpc or IntervalKind.ThreadedDpc;

    private static IEnumerable<string> Reference(List<Interval> intervals, List<(int At, int Processor, bool Queued)> requests)
    {
        for (var processor = 0; processor < Processors; processor++)
        {
            var open = requests.Where(r => r.Processor == processor).ToList();
            foreach (var run in intervals.Where(i => i.Processor == processor && i.Source == 0 && IsDpc(i)))
            {
                var answered = open.Where(r => r.At <= run.Begin.Nanoseconds).ToList();
                open.RemoveAll(r => r.At <= run.Begin.Nanoseconds);
                if (answered.Count == 0 || !answered[0].Queued) continue;
                var others = intervals.Where(i => i.Processor == processor && i.End <= run.End && !i.Equals(run)).ToList();
                yield return Expected(others, run, answered[0].At, answered.Count - 1);
            }
        }
    }

    // The innermost at a time is the one that began last, of those the one that pushes the others aside, and of those the shortest.
    private static string Expected(List<Interval> others, Interval run, int since, int coalesced)
    {
        var shares = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (var t = since; t < run.Begin.Nanoseconds; t++)
        {
            var innermost = others.Where(i => i.Begin.Nanoseconds <= t && t < i.End.Nanoseconds)
                .OrderBy(i => i.Begin).ThenBy(i => i.Kind).ThenByDescending(i => i.End).ThenBy(i => i.Source).LastOrDefault();
            var what = innermost == default ? "Unexplained" : innermost.Kind switch
            {
                IntervalKind.Isr => $"Interrupts s{innermost.Source}",
                IntervalKind.Stall => $"Silent s{innermost.Source}",
                IntervalKind.RaisedIrql => $"RaisedIrql s{innermost.Source}",
                IntervalKind.Thread => $"Thread s{innermost.Source}",
                IntervalKind.ThreadedDpc when run.Kind != IntervalKind.ThreadedDpc => $"Thread s{innermost.Source}",
                _ => $"{(innermost.Begin.Nanoseconds < since ? "AlreadyRunning" : "AheadInQueue")} s{innermost.Source}",
            };
            shares[what] = shares.GetValueOrDefault(what) + 1;
        }
        return $"{run.Processor} {since}-{run.Begin.Nanoseconds} +{coalesced}: "
            + $"{string.Join(", ", shares.Select(share => $"{share.Key} {share.Value}"))}";
    }

    private static string Text(Wait wait) => $"{wait.Processor} {wait.Since.Nanoseconds}-{wait.Began.Nanoseconds} +{wait.Coalesced}: "
        + string.Join(", ", wait.Shares.Where(share => share.Time > Duration.Zero)
            .Select(share => (Name: $"{share.Kind} {share.Source}".Trim(), share.Time))
            .OrderBy(share => share.Name, StringComparer.Ordinal).Select(share => $"{share.Name} {share.Time.Nanoseconds}"));
}
