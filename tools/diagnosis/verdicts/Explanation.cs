using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Facts;
using Pcie.Diagnosis.Import.Results;
using Pcie.Trace;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>All that can be said of one recording: where each wait went, why each overrun happened, and what is to blame.</summary>
/// <param name="Recording">What it is called.</param>
/// <param name="Facts">Of our own trace; null for a real machine's recording.</param>
/// <param name="Notes">What the importer noticed.</param>
/// <param name="Overruns">In order.</param>
/// <param name="Judge">Who concluded, and can be asked of other waits.</param>
public sealed record Explanation(
    string Recording, WaitAttribution Attribution, TraceFacts? Facts, IReadOnlyList<string> Notes,
    IReadOnlyList<ExplainedOverrun> Overruns, Judge Judge)
{
    /// <summary>How many of the longest waits are attributed, for the table of who had the most of them.</summary>
    public const int Worst = 100;

    /// <summary>What was read of a real machine's recording, and what was not; null for a trace of ours.</summary>
    public ImportReport? Import { get; init; }

    /// <summary>Whether it is about one driver, of which can be asked whether it is to blame.</summary>
    public bool IsOfOneDriver => Facts is not null || Attribution.HasNamedIsr;

    /// <summary>What there is to say of the whole.</summary>
    public IReadOnlyList<Verdict> Verdicts { get; } = Judge.OfAll();

    /// <summary>All that was concluded: of each overrun, of each event of a driver in whose wait or run it fell, and of the whole.</summary>
    public IEnumerable<Verdict> All => Overruns.Select(overrun => overrun.Verdict)
        .Concat(Attribution.Events.Select(one => one.Wait).OfType<Wait>().Select(Judge.OfWait)).Concat(Verdicts);

    /// <summary>Explains a trace of ours.</summary>
    /// <param name="options">Which DPCs, and how many of the worst waits; by default the messages of the device.</param>
    /// <param name="counts">The run's own, if the trace is not whole.</param>
    public static Explanation OfTrace(string name, TraceRecording recording, AttributionOptions options, RunCounts? counts = null)
    {
        var facts = TraceFacts.Of(recording);
        if (counts is { } known) facts = facts with { Counts = known };
        var ofDevice = TraceIntervals.DeviceMessages(recording.Sources(TraceSide.Host));
        var attribution = new WaitAttribution(options with
        {
            Dpc = options.Dpc ?? ofDevice.Contains, FromIsrEnd = true, Wanted = [.. facts.Stream.Overruns.Select(overrun => overrun.At)],
            ExplainsEvents = true,
        });
        var telling = TraceIntervals.Tell(recording, attribution);
        if (telling.Incomplete > 0) attribution.Lost(telling.Incomplete, "begin or end is not in the trace");
        var judge = new Judge(attribution, facts, isOwn: ofDevice.Contains);
        return new Explanation(name, attribution, facts, [], Overrun(facts, attribution.Wanted, judge), judge);
    }

    /// <summary>Explains what an importer has told an attribution, which ends with it.</summary>
    /// <param name="stream">What is known of the data from elsewhere; null if nothing is.</param>
    public static Explanation OfRecording(string name, WaitAttribution attribution, IReadOnlyList<string> notes, StreamFacts? stream = null)
    {
        attribution.Complete();
        return new Explanation(name, attribution, null, notes, [], new Judge(attribution, null, stream));
    }

    // Both in the order of time, so that of the waits only those are looked at that have begun. Of several the longest is to blame.
    private static List<ExplainedOverrun> Overrun(TraceFacts facts, IReadOnlyList<Wait> waits, Judge judge)
    {
        var (explained, open) = (new List<ExplainedOverrun>(), new List<Wait>());
        var coming = new Queue<Wait>(waits.OrderBy(wait => wait.Since));
        foreach (var ((chunk, at), own) in facts.Stream.Overruns.Zip(facts.Own.Overruns))
        {
            while (coming.TryPeek(out var next) && next.Since <= at) open.Add(coming.Dequeue());
            open.RemoveAll(wait => wait.Began < at);
            var wait = open.MaxBy(wait => wait.Delay);
            var slots = wait is null ? 0 : facts.Stream.SlotsFor(wait.Ended - wait.Since);
            explained.Add(new ExplainedOverrun(chunk, at, wait, slots, judge.OfOverrun(chunk, at, wait, own)));
        }
        return explained;
    }
}
