using CsCheck;
using Pcie.Time;
using Pcie.Trace.Flight;

namespace Pcie.Trace.Tests.Flight;

/// <summary>Against the whole trace, of machines that do anything at all, well nested or not.</summary>
public sealed class FlightRecorderTests
{
    private const uint Own = 1, Other = 2;
    private static readonly TraceSource[] Sources = [new("-"), new("card message 0", SourceRole.DeviceMessage), new("usb message pump")];

    private static readonly FlightRecorderOptions Small = new() { Worst = 3, RingLength = 1 << 4, Tail = 4 };

    private static readonly Gen<TraceEvent[]> AnyRun = Gen.Select(Gen.Int[0, 9], Gen.Int[1, 20], Gen.Byte[0, 2]).Array[0, 400].Select(steps =>
    {
        var now = 0L;
        return steps.Select(step => Event(step.Item1, now += step.Item2, step.Item3)).ToArray();
    });

    private static TraceEvent Event(int what, long at, byte processor) => what switch
    {
        0 => Of(TraceKind.DpcQueued, at, processor, Own, 1),
        1 => Of(TraceKind.DpcBegin, at, processor, Own),
        2 => Of(TraceKind.DpcEnd, at, processor, Own),
        3 => Of(TraceKind.DpcBegin, at, processor, Other),
        4 => Of(TraceKind.DpcEnd, at, processor, Other),
        5 => Of(TraceKind.IsrBegin, at, processor, Other),
        6 => Of(TraceKind.IsrEnd, at, processor, Other),
        7 => Of(TraceKind.Overrun, at, TraceEvent.NoProcessor, 0, at),
        8 => Of(TraceKind.DpcQueued, at, processor, Own),
        _ => Of(TraceKind.Tick, at, processor, 0),
    };

    private static TraceEvent Of(TraceKind kind, long at, byte processor, uint source, long a = 0) =>
        new(new SimTime(at), kind, processor, TraceSide.Host, source, a, 0);

    private static FlightRecorder Recorded(IEnumerable<TraceEvent> events, FlightRecorderOptions options)
    {
        var recorder = new FlightRecorder(Sources, options);
        foreach (var e in events) Record(recorder, e);
        return recorder;
    }

    private static void Record(FlightRecorder recorder, in TraceEvent e) => recorder.Record(e.Time, e.Kind, e.Processor, e.Side, e.Source, e.A, e.B);

    [Fact]
    public void WhatIsKeptAndWhatIsLeftOutAreTheWholeInItsOrder() => AnyRun.Sample(run =>
    {
        var next = 0;
        foreach (var e in Recorded(run, Small).ToRecording().Events())
        {
            if (e.Kind == TraceKind.EventsOmitted) next += (int)e.A;
            else Assert.Equal(run[next++], e);
        }
        Assert.Equal(run.Length, next);
    });

    [Fact]
    public void WhatIsWrittenInPlaceIsKeptAsWhatComesOneByOne() => Gen.Select(AnyRun, Gen.Int[1, 5]).Sample((run, most) =>
    {
        var recorder = new FlightRecorder(Sources, Small);
        for (var done = 0; done < run.Length;)
        {
            var others = run.Skip(done).Take(most).TakeWhile(e => e.Source == Other).ToArray();
            var places = others.Length > 0 ? recorder.PlacesOf(others.Length, Other) : default;
            if (places.IsEmpty)
            {
                Record(recorder, run[done++]);
                continue;
            }
            others.CopyTo(places);
            recorder.Passed(others.Length);
            done += others.Length;
        }
        Assert.Equal(Recorded(run, Small).ToRecording().Events(), recorder.ToRecording().Events());
    });

    [Fact]
    public void EveryOverrunAndTheLongestWaitsAreKept() => AnyRun.Sample(run =>
    {
        var kept = Recorded(run, Small).ToRecording().Events().ToHashSet();
        Assert.All(run.Where(e => e.Kind == TraceKind.Overrun), overrun => Assert.Contains(overrun, kept));
        Assert.All(Waits(run).OrderByDescending(wait => wait.Delay).Take(Small.Worst), wait => Assert.Subset(kept, wait.Events));
    });

    [Fact]
    public void AWindowBeginsWithTheOldestFrameThatWasOnAProcessor()
    {
        TraceEvent[] run =
        [
            Of(TraceKind.Tick, 1, 0, 0), Of(TraceKind.DpcBegin, 2, 1, Other), Of(TraceKind.IsrBegin, 3, 0, Other),
            Of(TraceKind.DpcQueued, 4, 0, Own, 1), Of(TraceKind.IsrEnd, 5, 0, Other),
            Of(TraceKind.DpcBegin, 60, 0, Own), Of(TraceKind.DpcEnd, 70, 0, Own),
        ];
        var kept = Recorded(run, Small with { Tail = 0 }).ToRecording().Events().ToList();
        Assert.Equal((TraceKind.EventsOmitted, 1L), (kept[0].Kind, kept[0].A));
        Assert.Equal(run[1..], kept[1..]);
    }

    [Fact]
    public void AnotherDriverIsNotTakenForTheDeviceWhateverItIsCalled()
    {
        var waits = Enumerable.Range(0, 100).SelectMany(i => new[]
        {
            Of(TraceKind.DpcQueued, 100 * i, 0, Other, 1), Of(TraceKind.DpcBegin, 100 * i + 50, 0, Other),
            Of(TraceKind.DpcEnd, 100 * i + 60, 0, Other),
        });
        var kept = Recorded(waits, Small).ToRecording().Events().ToList();
        Assert.Equal((TraceKind.EventsOmitted, 296L), (kept[0].Kind, kept[0].A));
    }

    [Fact]
    public void OverrunsBeyondWhatIsKeptAreCounted()
    {
        var recorder = Recorded(Enumerable.Range(0, 10).SelectMany(i => new[]
        {
            Of(TraceKind.DpcQueued, 10 * i, 0, Own, 1), Of(TraceKind.Overrun, 10 * i + 1, 0, 0),
            Of(TraceKind.DpcBegin, 10 * i + 2, 0, Own), Of(TraceKind.DpcEnd, 10 * i + 3, 0, Own),
        }), Small with { MaxEvents = 12 });
        Assert.Equal(7, recorder.OverrunsNotKept);
    }

    [Fact]
    public void RecordingAllocatesNothingOnceTheWorstAreKnown()
    {
        var recorder = Recorded(Busy(1000, delay: 500), new FlightRecorderOptions());
        var (run, before) = (Busy(1000, delay: 5), 0L);
        for (var round = 0; round < 3; round++)
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            foreach (ref readonly var e in run.AsSpan()) Record(recorder, e);
            before = GC.GetAllocatedBytesForCurrentThread() - before;
        }
        Assert.Equal(0, before);
    }

    private static TraceEvent[] Busy(int runs, int delay) => [.. Enumerable.Range(0, runs).SelectMany(i => new[]
    {
        Of(TraceKind.IsrBegin, 1000 * i, 0, Own), Of(TraceKind.DpcQueued, 1000 * i + 1, 0, Own, 1), Of(TraceKind.IsrEnd, 1000 * i + 2, 0, Own),
        Of(TraceKind.DpcBegin, 1000 * i + 1 + delay, 0, Own), Of(TraceKind.DpcEnd, 1000 * i + 2 + delay, 0, Own),
    })];

    // By the definition: from the first request that no run has answered to the run's end.
    private static IEnumerable<(long Delay, HashSet<TraceEvent> Events)> Waits(TraceEvent[] run)
    {
        var (since, begun, delay) = (-1, -1, 0L);
        for (var i = 0; i < run.Length; i++)
        {
            if (run[i].Source != Own) continue;
            if (run[i].Kind == TraceKind.DpcQueued && run[i].A != 0 && since < 0) since = i;
            if (run[i].Kind == TraceKind.DpcBegin && since >= 0)
                (begun, delay, since) = (since, run[i].Time.Nanoseconds - run[since].Time.Nanoseconds, -1);
            if (run[i].Kind != TraceKind.DpcEnd || begun < 0) continue;
            yield return (delay, [.. run[begun..(i + 1)]]);
            begun = -1;
        }
    }
}
