using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Options;


namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>
/// KeInsertQueueDpc, KiRetireDpcList and KeUpdateRunTime by the rules of docs/kernel.md, and nothing else:
/// inter-processor interrupts and ticks take no time, requests come from threads and timers. Slow and plain: it is there to be
/// compared with. Timers expire with the tick, before what is queued; threaded DPCs run when nothing else of this is to do.
/// </summary>
internal sealed class ReferenceDpcQueues(KernelOptions options, bool[] idle, long[] durations, int[] threaded)
{
    private readonly Prcb[] prcbs = [.. idle.Select(_ =>
        new Prcb { MaximumDpcQueueDepth = options.MaximumDpcQueueDepth, AdjustDpcThreshold = options.AdjustDpcThreshold })];
    private readonly bool[] queued = new bool[durations.Length];

    /// <summary>What ran: when, where, which.</summary>
    public List<(long Time, int Processor, int Dpc)> Runs { get; } = [];

    public int DepthOf(int processor) => prcbs[processor].DpcList.Count;
    public int LimitOf(int processor) => prcbs[processor].MaximumDpcQueueDepth;
    public bool IsQueued(int dpc) => queued[dpc];

    public bool Insert(long now, int dpc, DpcImportance importance, int? target, int current)
    {
        RunTo(now);
        var number = target ?? current;
        var prcb = prcbs[number];
        if (queued[dpc]) return false;
        queued[dpc] = true;
        var list = threaded.Contains(dpc) ? prcb.ThreadedList : prcb.DpcList;
        // Before it is in: a processor with threaded DPCs is not idle.
        var isIdle = IsIdle(number);
        if (importance == DpcImportance.High) list.Insert(0, dpc);
        else list.Add(dpc);
        if (list == prcb.ThreadedList)
        {
            if (!prcb.DpcRoutineActive && prcb.Threaded is null) RunThreads(number, now);
            return true;
        }
        prcb.DpcCount++;
        if (prcb.DpcRoutineActive) return true;
        var deep = prcb.DpcList.Count >= prcb.MaximumDpcQueueDepth;
        var request = number != current
            ? importance is DpcImportance.High or DpcImportance.MediumHigh || deep || (isIdle && options.IdlePolls)
            : importance != DpcImportance.Low || deep || prcb.DpcRequestRate < options.MinimumDpcRate || isIdle;
        if (request) Retire(number, now);
        return true;
    }

    public bool Remove(long now, int dpc)
    {
        RunTo(now);
        if (!queued[dpc]) return false;
        queued[dpc] = false;
        foreach (var prcb in prcbs)
        {
            prcb.DpcList.Remove(dpc);
            prcb.ThreadedList.Remove(dpc);
        }
        return true;
    }

    public void SetTimer(long now, int dpc, int processor)
    {
        RunTo(now);
        var prcb = prcbs[processor];
        if (!prcb.TimersSet.Contains(dpc) && !prcb.TimersSeen.Contains(dpc) && !prcb.TimersExpiring.Contains(dpc)) prcb.TimersSet.Add(dpc);
    }

    public void Tick(long now, int processor)
    {
        RunTo(now);
        var prcb = prcbs[processor];
        prcb.DpcRequestRate = (prcb.DpcCount - prcb.DpcLastCount + prcb.DpcRequestRate) >> 1;
        prcb.DpcLastCount = prcb.DpcCount;
        var request = false;
        if (prcb.DpcList.Count != 0 && !prcb.DpcRoutineActive)
        {
            prcb.AdjustDpcThreshold = options.AdjustDpcThreshold;
            if (prcb.DpcRequestRate < options.IdealDpcRate && prcb.MaximumDpcQueueDepth > 1) prcb.MaximumDpcQueueDepth--;
            request = true;
        }
        else if (--prcb.AdjustDpcThreshold == 0)
        {
            prcb.AdjustDpcThreshold = options.AdjustDpcThreshold;
            if (prcb.MaximumDpcQueueDepth != options.MaximumDpcQueueDepth) prcb.MaximumDpcQueueDepth++;
        }
        prcb.TimersSeen.AddRange(prcb.TimersSet);
        prcb.TimersSet.Clear();
        if ((request || prcb.TimersSeen.Count > 0) && !prcb.DpcRoutineActive) Retire(processor, now);
    }

    /// <summary>Routines that end before this have ended.</summary>
    public void RunTo(long now)
    {
        for (var p = 0; p < prcbs.Length; p++)
        {
            var prcb = prcbs[p];
            while (true)
            {
                if (prcb.DpcRoutineActive && prcb.EndsAt < now)
                {
                    RunNext(p, prcb.EndsAt);
                }
                else if (!prcb.DpcRoutineActive && prcb.Threaded is not null && prcb.ThreadedEndsAt < now)
                {
                    prcb.Threaded = null;
                    // A processor that turns idle looks at its queue.
                    if (IsIdle(p) && prcb.DpcList.Count > 0) Retire(p, prcb.ThreadedEndsAt);
                    else RunThreads(p, prcb.ThreadedEndsAt);
                }
                else
                {
                    break;
                }
            }
        }
    }

    private bool IsIdle(int processor) =>
        idle[processor] && prcbs[processor].Threaded is null && prcbs[processor].ThreadedList.Count == 0;

    // KiRetireDpcList, from its beginning.
    private void Retire(int processor, long now)
    {
        var prcb = prcbs[processor];
        prcb.DpcRoutineActive = true;
        prcb.BegunAt = now;
        RunNext(processor, now);
    }

    private void RunNext(int processor, long now)
    {
        var prcb = prcbs[processor];
        var begins = now == prcb.BegunAt && prcb.TimersExpiring.Count == 0;
        if (begins || (prcb.TimersExpiring.Count == 0 && prcb.DpcList.Count == 0))
        {
            prcb.TimersExpiring.AddRange(prcb.TimersSeen);
            prcb.TimersSeen.Clear();
        }
        var list = prcb.TimersExpiring.Count > 0 ? prcb.TimersExpiring : prcb.DpcList;
        if (list.Count == 0)
        {
            prcb.DpcRoutineActive = false;
            // What it interrupted goes on with what was left.
            prcb.ThreadedEndsAt += now - prcb.BegunAt;
            if (prcb.Threaded is null) RunThreads(processor, now);
            return;
        }
        var dpc = list[0];
        list.RemoveAt(0);
        if (list == prcb.DpcList) queued[dpc] = false;
        prcb.EndsAt = now + durations[dpc];
        Runs.Add((now, processor, dpc));
    }

    private void RunThreads(int processor, long now)
    {
        var prcb = prcbs[processor];
        if (prcb.ThreadedList.Count == 0) return;
        prcb.Threaded = prcb.ThreadedList[0];
        prcb.ThreadedList.RemoveAt(0);
        queued[prcb.Threaded.Value] = false;
        prcb.ThreadedEndsAt = now + durations[prcb.Threaded.Value];
        Runs.Add((now, processor, prcb.Threaded.Value));
    }

    private sealed class Prcb
    {
        public readonly List<int> DpcList = [], ThreadedList = [];
        public readonly List<int> TimersSet = [], TimersSeen = [], TimersExpiring = [];
        public bool DpcRoutineActive;
        public long BegunAt, EndsAt;
        public int? Threaded;
        public long ThreadedEndsAt;
        public long DpcCount, DpcLastCount, DpcRequestRate;
        public int MaximumDpcQueueDepth, AdjustDpcThreshold;
    }
}
