using BenchmarkDotNet.Attributes;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Bench;

/// <summary>One event: the earliest of twenty runs and is scheduled again.</summary>
[BenchmarkCategory("timeline")]
public class TimelineBenchmarks : ITimelineTarget
{
    private const int Events = 20, Operations = 4096;

    private readonly long[] delays = new long[Operations];
    private readonly long[] heap = new long[Events];
    private readonly PriorityQueue<int, long> queue = new();
    private readonly Timeline timeline = new();
    private TimelineEvent[] events = [];
    private int next;

    [GlobalSetup]
    public void SetUp()
    {
        var intervals = Draws.Intervals(Distribution.Exponential(Duration.FromMicroseconds(100)), new RandomStream(1, "bench"));
        for (var i = 0; i < delays.Length; i++) delays[i] = intervals.Next().Nanoseconds;
        events = [.. Enumerable.Range(0, Events).Select(tag => timeline.CreateEvent(this, tag))];
        for (var i = 0; i < Events; i++)
        {
            heap[i] = i;
            queue.Enqueue(i, i);
            events[i].Schedule(new SimTime(i));
        }
    }

    /// <summary>The floor: times alone in a binary heap, the least of which is replaced.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Operations)]
    public long BareHeap()
    {
        foreach (var delay in delays) ReplaceTop(heap[0] + delay);
        return heap[0];
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public int PriorityQueue()
    {
        foreach (var delay in delays)
        {
            queue.TryPeek(out var e, out var time);
            queue.DequeueEnqueue(e, time + delay);
        }
        return queue.Count;
    }

    [Benchmark(OperationsPerInvoke = Operations)]
    public SimTime Timeline()
    {
        for (var i = 0; i < Operations; i++) timeline.RunNext();
        return timeline.Now;
    }

    void ITimelineTarget.Due(int tag) => events[tag].ScheduleAfter(new Duration(delays[next++ % Operations]));

    private void ReplaceTop(long time)
    {
        var place = 0;
        while (true)
        {
            var child = 2 * place + 1;
            if (child >= Events) break;
            if (child + 1 < Events && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= time) break;
            heap[place] = heap[child];
            place = child;
        }
        heap[place] = time;
    }
}
