using Pcie.Trace;

namespace Pcie.Diagnosis.Facts;

/// <summary>
/// How much each run of the DPC that copies took with it. One run may answer many interrupts, so it has to take all that is there: a driver that
/// copies one chunk a run falls behind with every request that falls together with another.
/// </summary>
public sealed class DrainFacts(IReadOnlyList<TraceSource> hostSources) : ITraceSink
{
    private readonly Dictionary<uint, int> coalesced = [];
    private readonly SortedDictionary<uint, long> requests = [];
    private readonly List<(uint Dpc, int Answers, int Copied)> running = [];

    /// <summary>Runs that copied at least one chunk.</summary>
    public long RunsThatCopied { get; private set; }

    /// <summary>Of these, runs that answered more than one request and copied one chunk only.</summary>
    public long RunsThatOwed { get; private set; }

    /// <summary>The most chunks that one run copied.</summary>
    public int MaxCopied { get; private set; }

    /// <summary>Requests that found the DPC in its queue, by its source.</summary>
    public IReadOnlyDictionary<uint, long> Coalesced => requests;

    public void Record(in TraceEvent e)
    {
        switch (e.Kind)
        {
            case TraceKind.EventsOmitted:
                coalesced.Clear();
                running.Clear();
                break;
            case TraceKind.DpcQueued when e.A == 0 && IsOfDevice(e):
                requests[e.Source] = requests.GetValueOrDefault(e.Source) + 1;
                coalesced[e.Source] = coalesced.GetValueOrDefault(e.Source) + 1;
                break;
            case TraceKind.DpcRemoved: coalesced.Remove(e.Source); break;
            case TraceKind.DpcBegin when IsOfDevice(e):
                running.Add((e.Source, 1 + (coalesced.Remove(e.Source, out var more) ? more : 0), 0));
                break;
            case TraceKind.ChunkCopied when running.Count > 0:
                running[^1] = running[^1] with { Copied = running[^1].Copied + 1 };
                break;
            case TraceKind.DpcEnd when IsOfDevice(e):
                End(e.Source);
                break;
        }
    }

    private bool IsOfDevice(in TraceEvent e) => hostSources[(int)e.Source].IsDeviceMessage;

    private void End(uint dpc)
    {
        var i = running.FindLastIndex(run => run.Dpc == dpc);
        if (i < 0) return;
        var (_, answers, copied) = running[i];
        running.RemoveAt(i);
        if (copied == 0) return;
        RunsThatCopied++;
        MaxCopied = Math.Max(MaxCopied, copied);
        if (answers > 1 && copied == 1) RunsThatOwed++;
    }
}
