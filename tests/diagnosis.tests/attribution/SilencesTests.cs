using CsCheck;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Attribution;

/// <summary>
/// Two processors with a heartbeat of a millisecond each. Firmware (SMI) and hypervisors leave no event of their own: a stop shows only as a time in
/// which no processor records anything, and must not be charged to whoever ran before it.
/// </summary>
public class SilencesTests
{
    private const long Beat = 1_000_000, Stopped = 500 * Beat, Goes = 560 * Beat, End = 2_000 * Beat;

    // The DPC is asked for before the stop, and runs 2 ms after it.
    private static Wait Explain(bool stopsBoth, InstantKind? heartbeat, IntervalKind? covering = null)
    {
        var attribution = new WaitAttribution(new AttributionOptions { Dpc = name => name == "ours", FindsSilences = true });
        var (clock, ours, other) = (attribution.Source("clock"), attribution.Source("ours"), attribution.Source("other"));
        for (var now = 0L; now < End; now += Beat)
        {
            if (now == Stopped) attribution.Add(new Instant(InstantKind.DpcQueued, 0, ours, new SimTime(now - 1)));
            for (ushort processor = 0; processor < 2; processor++)
            {
                if (now is >= Stopped and < Goes && (processor == 0 || stopsBoth)) continue;
                if (heartbeat is { } kind) attribution.Add(new Instant(kind, processor, clock, new SimTime(now)));
                else attribution.Add(new Interval(IntervalKind.Isr, processor, clock, new SimTime(now), new SimTime(now + 1000)));
            }
            if (now == Goes && covering is { } over)
                attribution.Add(new Interval(over, 0, other, new SimTime(Stopped - 10), new SimTime(Goes + Beat / 2)));
            if (now == Goes + 2 * Beat) attribution.Add(new Interval(IntervalKind.Dpc, 0, ours, new SimTime(now - 10), new SimTime(now + 10)));
        }
        attribution.Complete();
        var wait = Assert.Single(Assert.Single(attribution.Summaries).Worst);
        Assert.Equal(wait.Delay.Nanoseconds, wait.Shares.Sum(share => share.Time.Nanoseconds));
        return wait;
    }

    private static long Silent(Wait wait) => wait.Shares.Where(share => share.Kind == ShareKind.Silent).Sum(share => share.Time.Nanoseconds);

    [Fact]
    public void WhatIsSilentOnEveryProcessorIsAStopOfTheMachine()
    {
        var wait = Explain(stopsBoth: true, heartbeat: null);
        Assert.Equal((ShareKind.Silent, "every processor at once"), (wait.Shares[0].Kind, wait.Shares[0].Source));
        Assert.InRange(Silent(wait), Goes - Stopped - 2, Goes - Stopped + Beat);
        Assert.Contains(wait.Evidence, interval => interval.Kind == IntervalKind.Stall);
    }

    [Fact]
    public void WhatIsSilentOnOneProcessorOnlyIsUnexplained()
    {
        var wait = Explain(stopsBoth: false, heartbeat: null);
        Assert.Equal(0, Silent(wait));
        Assert.InRange(wait.Shares[^1].Time.Nanoseconds, Goes - Stopped, Goes - Stopped + 2 * Beat);
    }

    [Theory]
    [InlineData(IntervalKind.Thread)]
    [InlineData(IntervalKind.Dpc)]
    public void AProfilersSamplesTellAStopFromALongDpc(IntervalKind covering) =>
        Assert.InRange(Silent(Explain(stopsBoth: true, InstantKind.Sample, covering)), Goes - Stopped - 2, Goes - Stopped + Beat);

    [Fact]
    public void WithoutThemALongDpcKeepsItsTimeAndAThreadDoesNot()
    {
        Assert.Equal(0, Silent(Explain(stopsBoth: true, heartbeat: null, IntervalKind.Dpc)));
        Assert.InRange(Silent(Explain(stopsBoth: true, heartbeat: null, IntervalKind.Thread)), Goes - Stopped - 2, Goes - Stopped + Beat);
    }

    // Events in any order that the sink allows: an interval is told at its end.
    [Fact]
    public void SilencesAreThoseBetweenAllBeginningsAndEnds() =>
        Gen.Select(Gen.Long[0, 3_000_000_000], Gen.OneOf(Gen.Long[0, 1_000_000], Gen.Long[0, 800_000_000])).Array[1, 60].Sample(raw =>
        {
            var intervals = raw.Select(r => (Begin: r.Item1, End: r.Item1 + r.Item2)).OrderBy(i => i.End).ToArray();
            var silences = new Silences();
            silences.Add(SimTime.Zero);
            foreach (var (begin, end) in intervals) silences.Add(new Interval(IntervalKind.Dpc, 0, 0, new SimTime(begin), new SimTime(end)));
            // A heartbeat of a millisecond, for long enough to be the usual one.
            var last = intervals[^1].End;
            var after = Enumerable.Range(1, 10_000).Select(beat => last + beat * Beat).ToArray();
            foreach (var beat in after) silences.Add(new SimTime(beat));

            var points = intervals.SelectMany(i => new[] { i.Begin, i.End }).Append(0).Concat(after).Distinct().Order().ToArray();
            var expected = points.Zip(points.Skip(1)).Where(pair => pair.Second - pair.First >= 3 * Beat)
                .Select(pair => (new SimTime(pair.First), new SimTime(pair.Second)));
            Assert.Equal(expected, silences.Unusual());
        }, iter: 300);
}
