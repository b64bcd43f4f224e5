using System.Diagnostics;
using System.Runtime.CompilerServices;
using Pcie.Bench.Table;
using Pcie.Time;

namespace Pcie.Bench.Floors;

/// <summary>What memory and processors can do by themselves.</summary>
internal static class MemoryFloors
{
    private const int Slots = 16, RoundTrips = 200_000, Events = 20;

    /// <summary>One source copied into one of sixteen places after the other, as DMA fills a ring (GB/s).</summary>
    public static Reading Copy(int size, long bytes)
    {
        var source = new byte[size];
        var ring = new byte[Slots * size];
        source.AsSpan().Fill(1);
        ring.AsSpan().Fill(2);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < bytes / size; i++) source.AsSpan().CopyTo(ring.AsSpan(i % Slots * size));
        return new Reading(bytes / size * (double)size / Stopwatch.GetElapsedTime(start).TotalNanoseconds);
    }

    /// <summary>Two threads that wait for each other by looking at a word and doing nothing else (µs).</summary>
    public static Reading Spin()
    {
        var words = new long[64];
        var answering = new Thread(() =>
        {
            for (var i = 1; i <= RoundTrips; i++)
            {
                while (Volatile.Read(ref words[16]) != i) Pause();
                Volatile.Write(ref words[48], i);
            }
        }) { IsBackground = true };
        answering.Start();
        var latencies = new double[RoundTrips];
        for (var i = 1; i <= RoundTrips; i++)
        {
            var start = Stopwatch.GetTimestamp();
            Volatile.Write(ref words[16], i);
            while (Volatile.Read(ref words[48]) != i) Pause();
            latencies[i - 1] = Reading.MicrosecondsSince(start);
        }
        return Reading.Of(latencies.AsSpan(RoundTrips / 4));

        // A processor that others want too is left to them now and then.
        static void Pause()
        {
            if ((++looks & 0x3FF) == 0) Thread.Yield();
        }
    }

    [ThreadStatic]
    private static int looks;

    /// <summary>Twenty times in a binary heap, the least of which is replaced: what an event costs at least (ns).</summary>
    public static Reading Heap(int events)
    {
        var delays = Delays();
        var heap = new long[Events];
        for (var i = 0; i < Events; i++) heap[i] = i;
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < events; i++) ReplaceTop(heap, heap[0] + delays[i & 4095]);
        return new Reading(Stopwatch.GetElapsedTime(start).TotalNanoseconds / events);
    }

    /// <summary>
    /// Eight such heaps one after the other, as a multiple of the time that they take on two processors: what the second one is worth, which shares
    /// a core with the first on many a virtual machine.
    /// </summary>
    public static Reading HeapOnTwoProcessors(int events)
    {
        const int Heaps = 8;
        return new Reading(Timed(1) / Timed(2));

        double Timed(int processors)
        {
            var start = Stopwatch.GetTimestamp();
            Parallel.For(0, Heaps, new ParallelOptions { MaxDegreeOfParallelism = processors }, _ => Heap(events / Heaps));
            return Reading.MicrosecondsSince(start);
        }
    }

    /// <summary>Twenty events of our timeline that run and schedule themselves again (ns).</summary>
    public static Reading Timeline(int events)
    {
        var again = new Again();
        for (var i = 0; i < events / 4; i++) again.Timeline.RunNext();
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < events; i++) again.Timeline.RunNext();
        return new Reading(Stopwatch.GetElapsedTime(start).TotalNanoseconds / events);
    }

    private static long[] Delays()
    {
        var delays = new long[4096];
        var random = new System.Random(1);
        for (var i = 0; i < delays.Length; i++) delays[i] = (long)(-100_000 * Math.Log(1 - random.NextDouble()));
        return delays;
    }

    private sealed class Again : ITimelineTarget
    {
        private readonly long[] delays = Delays();
        private readonly TimelineEvent[] all;
        private int next;

        public Again()
        {
            all = [.. Enumerable.Range(0, Events).Select(tag => Timeline.CreateEvent(this, tag))];
            foreach (var e in all) e.Schedule(SimTime.Zero);
        }

        public Timeline Timeline { get; } = new();

        public void Due(int tag) => all[tag].ScheduleAfter(new Duration(delays[next++ & 4095]));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReplaceTop(long[] heap, long time)
    {
        var place = 0;
        while (true)
        {
            var child = 2 * place + 1;
            if (child >= heap.Length) break;
            if (child + 1 < heap.Length && heap[child + 1] < heap[child]) child++;
            if (heap[child] >= time) break;
            heap[place] = heap[child];
            place = child;
        }
        heap[place] = time;
    }
}
