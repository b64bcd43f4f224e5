using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>What is remembered of one processor: the requests that wait, and what ran since the oldest of them.</summary>
internal sealed class ProcessorHistory
{
    private const int LongestPending = 1 << 16;

    private readonly Dictionary<int, List<(SimTime At, bool Queued)>> pending = [];

    // Of DPCs whose requests the kernel takes ahead of the run: how many of the pending ones it has.
    private readonly Dictionary<int, int> taken = [];
    private readonly List<Interval> history = [];
    private readonly List<(SimTime At, int Source)> samples = [];
    private int sizeAtForget;

    /// <summary>When each message came whose ISR waits.</summary>
    public Dictionary<int, SimTime> Isrs { get; } = [];

    /// <summary>When somebody asked for the DPC interrupt who had not before.</summary>
    public List<SimTime> Requested { get; } = [];

    /// <summary>The thread that has the processor, and since when: its interval comes when another has it.</summary>
    public (SimTime Since, int Source)? Thread { get; set; }

    /// <summary>The oldest request that waits; never if none does.</summary>
    public SimTime Oldest
    {
        get
        {
            var oldest = SimTime.Never;
            foreach (var requests in pending.Values)
                if (requests.Count > 0) oldest = SimTime.Min(oldest, requests[0].At);
            return oldest;
        }
    }

    public void Clear()
    {
        pending.Clear();
        foreach (var dpc in taken.Keys) taken[dpc] = 0;
        history.Clear();
        samples.Clear();
        Requested.Clear();
        Isrs.Clear();
        Thread = null;
    }

    /// <summary>The wait's beginning if none did: then nothing is known to have been put off.</summary>
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

    /// <summary>
    /// The DPC was taken out of its queue: nobody waits any more. A run that goes on answers what was asked before it, which is told at its end.
    /// </summary>
    public void Withdraw(int dpc)
    {
        // The last that queued it, and those that fell together with it.
        if (!pending.TryGetValue(dpc, out var requests)) return;
        var queued = requests.FindLastIndex(request => request.Queued);
        if (queued < 0) return;
        requests.RemoveRange(queued, requests.Count - queued);
        if (taken.TryGetValue(dpc, out var count)) taken[dpc] = Math.Min(count, queued);
    }

    /// <summary>The kernel took the requests made so far.</summary>
    public void Take(int dpc)
    {
        if (!pending.TryGetValue(dpc, out var requests)) pending.Add(dpc, requests = []);
        taken[dpc] = requests.Count;
    }

    /// <summary>When the oldest request for a DPC was made that waits; never if none does.</summary>
    public SimTime OldestOf(int dpc) => pending.TryGetValue(dpc, out var requests) && requests.Count > 0 ? requests[0].At : SimTime.Never;

    /// <summary>Takes the requests that a run answers: those made up to its beginning, or that the kernel had taken.</summary>
    /// <returns>False if there are none, or the first of them had been queued before the recording.</returns>
    public bool TryTake(int dpc, SimTime begin, out SimTime since, out long coalesced)
    {
        (since, coalesced) = (default, 0);
        if (!pending.TryGetValue(dpc, out var requests)) return false;
        var isTaken = taken.TryGetValue(dpc, out var answered);
        if (!isTaken) while (answered < requests.Count && requests[answered].At <= begin) answered++;
        if (answered == 0) return false;
        if (isTaken) taken[dpc] = 0;
        var first = requests[0];
        (since, coalesced) = (first.At, answered - 1);
        requests.RemoveRange(0, answered);
        return first.Queued;
    }

    public void Remember(in Interval interval)
    {
        if (history.Count == WaitAttribution.LongestHistory) history.RemoveRange(0, WaitAttribution.LongestHistory / 2);
        history.Add(interval);
    }

    public void Sampled(SimTime at, int source)
    {
        if (samples.Count == WaitAttribution.LongestHistory) samples.RemoveRange(0, WaitAttribution.LongestHistory / 2);
        samples.Add((at, source));
    }

    /// <summary>Whether so much is remembered that it is worth looking for what may be forgotten.</summary>
    public bool IsDueToForget => history.Count + samples.Count >= 2 * sizeAtForget + 64;

    /// <summary>What ended before the oldest request that waits explains nothing any more.</summary>
    public void Forget(SimTime oldest)
    {
        history.RemoveAll(interval => interval.End < oldest);
        samples.RemoveAll(sample => sample.At < oldest);
        Requested.RemoveAll(at => at < oldest);
        sizeAtForget = history.Count + samples.Count;
    }

    public SimTime EndOfIsrAt(SimTime request)
    {
        // The innermost: the one that ended first.
        foreach (var interval in history)
            if (interval.Kind == IntervalKind.Isr && interval.Begin <= request && request <= interval.End) return interval.End;
        return request;
    }

    /// <summary>What of a processor lies, or reaches, between two times.</summary>
    public List<Interval> Between(ushort processor, SimTime from, SimTime to)
    {
        var found = history.FindAll(interval => interval.End > from && interval.Begin < to);
        if (Thread is { } thread && thread.Since < to) found.Add(new Interval(IntervalKind.Thread, processor, thread.Source, thread.Since, to));
        return found;
    }

    public IEnumerable<(SimTime At, int Source)> SamplesBetween(SimTime from, SimTime to) =>
        samples.Where(sample => sample.At >= from && sample.At < to);
}
