using Pcie.Host.Kernel;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>
/// KeInsertQueueDpc, KiRetireDpcList and KeUpdateRunTime as the pseudo-code of the reference has them, and nothing else:
/// inter-processor interrupts and ticks take no time, requests come from threads and timers. Slow and plain: it is there to be
/// compared with.
/// </summary>
internal sealed class ReferenceDpcQueues(KernelOptions options, bool[] idle, long[] durations)
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
        prcb.DpcCount++;
        if (importance == DpcImportance.High) prcb.DpcList.Insert(0, dpc);
        else prcb.DpcList.Add(dpc);
        if (prcb.DpcRoutineActive) return true;
        var deep = prcb.DpcList.Count >= prcb.MaximumDpcQueueDepth;
        var request = number != current
            ? importance is DpcImportance.High or DpcImportance.MediumHigh || deep || (idle[number] && options.IdlePolls)
            : importance != DpcImportance.Low || deep || prcb.DpcRequestRate < options.MinimumDpcRate || idle[number];
        if (request) Retire(number, now);
        return true;
    }

    public bool Remove(long now, int dpc)
    {
        RunTo(now);
        if (!queued[dpc]) return false;
        queued[dpc] = false;
        foreach (var prcb in prcbs) prcb.DpcList.Remove(dpc);
        return true;
    }

    public void Tick(long now, int processor)
    {
        RunTo(now);
        var prcb = prcbs[processor];
        prcb.DpcRequestRate = (prcb.DpcCount - prcb.DpcLastCount + prcb.DpcRequestRate) >> 1;
        prcb.DpcLastCount = prcb.DpcCount;
        if (prcb.DpcList.Count != 0 && !prcb.DpcRoutineActive)
        {
            prcb.AdjustDpcThreshold = options.AdjustDpcThreshold;
            if (prcb.DpcRequestRate < options.IdealDpcRate && prcb.MaximumDpcQueueDepth > 1) prcb.MaximumDpcQueueDepth--;
            Retire(processor, now);
        }
        else if (--prcb.AdjustDpcThreshold == 0)
        {
            prcb.AdjustDpcThreshold = options.AdjustDpcThreshold;
            if (prcb.MaximumDpcQueueDepth != options.MaximumDpcQueueDepth) prcb.MaximumDpcQueueDepth++;
        }
    }

    /// <summary>Routines that end before this have ended.</summary>
    public void RunTo(long now)
    {
        for (var p = 0; p < prcbs.Length; p++)
            while (prcbs[p].DpcRoutineActive && prcbs[p].EndsAt < now) Retire(p, prcbs[p].EndsAt);
    }

    private void Retire(int processor, long now)
    {
        var prcb = prcbs[processor];
        prcb.DpcRoutineActive = prcb.DpcList.Count != 0;
        if (!prcb.DpcRoutineActive) return;
        var dpc = prcb.DpcList[0];
        prcb.DpcList.RemoveAt(0);
        queued[dpc] = false;
        prcb.EndsAt = now + durations[dpc];
        Runs.Add((now, processor, dpc));
    }

    private sealed class Prcb
    {
        public readonly List<int> DpcList = [];
        public bool DpcRoutineActive;
        public long EndsAt;
        public long DpcCount, DpcLastCount, DpcRequestRate;
        public int MaximumDpcQueueDepth, AdjustDpcThreshold;
    }
}
