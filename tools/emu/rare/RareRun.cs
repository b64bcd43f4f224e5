using Pcie.Diagnosis.Rates;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.Emulator.Hosting;
using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.Rare;

/// <summary>A design with one seed: once with what is rare made to occur, and once without it.</summary>
internal sealed class RareRun
{
    private const int Waits = 100;

    // So many clusters with a loss, of all seeds, tell a rate to some 10 %: then a stratum is not simulated for longer.
    private const int Enough = 400;

    private readonly RarePlan plan;
    private readonly RunRequest request;
    private readonly Func<ScenarioFile> file;
    private readonly BusyProof proof;
    private readonly IReadOnlyList<double?> proven;
    private readonly long planned;
    private InProcessRun? current;
    private long done, doing;

    /// <param name="request">With the seed; if it explains, a run with what is rare is explained.</param>
    /// <param name="file">Gives the design's file, unread.</param>
    public RareRun(RarePlan plan, RunRequest request, Func<ScenarioFile> file)
    {
        (this.plan, this.request, this.file) = (plan, request, file);
        var design = file();
        proof = new BusyProof(HostScenario.Read(design), CardKinds.DaqOf(design, request.Seed!.Value)!, plan.Sources);
        proven = [.. plan.Singles.Select((single, i) =>
            proof.OfOne(single.Source.Name, single.Part, plan.Setting.Strata[i].PerDay, plan.Window)), null, null];
        planned = Enumerable.Range(0, proven.Count).Sum(Wanted) * plan.Window.Nanoseconds * 9 / 4 + plan.Rest.Nanoseconds;
    }

    /// <summary>Why nothing is known for sure of the rest; null if something is.</summary>
    public string? NotProven => proof.Why;

    /// <summary>0 to 1; from any thread.</summary>
    public double Progress =>
        Math.Min(1, (Interlocked.Read(ref done) + (current?.Progress ?? 0) * Interlocked.Read(ref doing)) / planned);

    /// <summary>Of the run with what is rare in which most was lost.</summary>
    public (RunReport Report, TraceRecording? Flight) Raised { get; private set; }

    /// <returns>The run; or why it came to nothing; or why it is to be simulated as it is.</returns>
    public (DesignRun? Run, string? Failure, string? Unsuited) Execute(CancellationToken cancellation)
    {
        var (reports, strata, slots) = (new List<RunReport>(), new List<IReadOnlyList<ClusterResult>>(), 0L);
        var (lateLosses, clusters, allTold) = (0, 0, true);
        for (var stratum = 0; stratum < proven.Count; stratum++)
        {
            var results = new List<ClusterResult>();
            // The same in each design, of which some need more than others.
            for (var (batch, size) = (0, plan.Occurrences[stratum].Least); results.Count < Wanted(stratum); (batch, size) = (batch + 1, size * 2))
            {
                var count = Math.Min(size, plan.Occurrences[stratum].Most - results.Count);
                var (report, late) = Simulate(stratum, batch, count, results);
                if (report.Outcome != RunOutcome.Completed) return (null, report.Failure, null);
                reports.Add(report);
                (lateLosses, clusters) = (lateLosses + late, clusters + count);
                if (results.Count(result => result.Lost > 0) >= Enough / plan.Seeds) break;
            }
            strata.Add(results);
        }
        var longest = new PriorityQueue<Duration, long>();
        var (rest, watchedRest) = Watched(request with { Explains = false }, plan.Calm, plan.Rest, (_, wait) =>
        {
            longest.Enqueue(wait, wait.Nanoseconds);
            if (longest.Count > Waits) longest.Dequeue();
        }, cancellation);
        if (rest.Outcome != RunOutcome.Completed) return (null, rest.Failure, null);
        reports.Add(rest);
        if (!allTold || rest.CountLost() != watchedRest.Lost.Count)
            return (null, null, "some chunks were lost, or damaged, of which the trace does not tell when");
        var sample = new RareSample
        {
            Strata = strata, ProvenStrata = proven,
            Rest = new Duration(rest.SimulatedNs), RestLost = Together(watchedRest.Lost),
            RestWaits = [.. longest.UnorderedItems.Select(item => item.Element).OrderDescending()],
            Proven = watchedRest.Lost.Count == 0 ? proof.Rest : null,
        };
        // As seldom as the rest loses, so seldom may the last half of a window.
        var expected = sample.RestLost.Count / sample.Rest.Seconds * plan.Window.Seconds / 2 * clusters;
        if (lateLosses > 4 + 3 * expected)
            return (null, null, $"of {clusters:#,0} occurrences {lateLosses:#,0} still made it lose data more than half of {plan.Window} later");
        var period = CardKinds.DaqOf(file(), 0)!.Period;
        // What comes of two that fall together is in the rate, and is so seldom that it is nobody's worst wait.
        var waits = strata.Take(plan.Singles.Count).SelectMany(all => all).Select(result => result.Longest)
            .Concat(sample.RestWaits).OrderDescending().Take(Waits).ToList();
        return (new DesignRun
        {
            Seed = request.Seed!.Value, Simulated = new Duration(reports.Sum(report => report.SimulatedNs)),
            Lost = reports.Sum(report => report.CountLost()), Worst = waits.FirstOrDefault(), Waits = waits,
            Deadline = period * slots, Period = period, Interrupts = reports.Sum(report => report.Interrupts.Isr),
            RegisterReads = reports.Sum(report => report.IsrRegisterReads), Rare = sample,
        }, null, null);

        // Adds a result for each cluster. Returns how many still lost something in the last half of their window.
        (RunReport Report, int Late) Simulate(int stratum, int batch, int count, List<ClusterResult> results)
        {
            var isSingle = stratum < plan.Singles.Count;
            var seed = batch == 0 && stratum == 0 ? request.Seed!.Value
                : new RandomStream(request.Seed!.Value, $"rare.{plan.Setting.Strata[stratum].Name}.{batch}").NextUInt64();
            var itinerary = new RareItinerary(
                plan, isSingle ? plan.Singles[stratum].Source : null, isSingle ? 1 : stratum - plan.Singles.Count + 2, count, seed);
            var (own, isLate) = (new ClusterResult[count], new bool[count]);
            var (report, watched) = Watched(
                request with { Seed = seed, Explains = request.Explains && batch == 0 }, host => plan.Raised(host, itinerary, stratum),
                itinerary.Length,
                (end, wait) =>
                {
                    if (itinerary.At(end) is ({ } cluster, _) && wait > own[cluster].Longest) own[cluster] = own[cluster] with { Longest = wait };
                }, cancellation);
            foreach (var time in watched.Lost)
            {
                if (itinerary.At(time) is not (var cluster, var late)) continue;
                own[cluster] = own[cluster] with { Lost = own[cluster].Lost + 1 };
                // Of two and three, what one leaves behind adds to what the next one does.
                isLate[cluster] |= late && isSingle;
            }
            results.AddRange(own);
            slots = watched.Slots;
            allTold &= report.Outcome != RunOutcome.Completed || report.CountLost() == watched.Lost.Count;
            if (batch == 0 && (Raised.Report is null || report.CountLost() > Raised.Report.CountLost())) Raised = (report, current!.Flight);
            return (report, isLate.Count(late => late));
        }
    }

    private int Wanted(int stratum) => proven[stratum] is null ? plan.Occurrences[stratum].Most : plan.Occurrences[stratum].Least;

    // What was lost within a window of another loss was lost with it.
    private List<long> Together(IReadOnlyList<SimTime> lost)
    {
        var together = new List<long>();
        for (var i = 0; i < lost.Count; i++)
            if (i > 0 && lost[i] - lost[i - 1] < plan.Window) together[^1]++;
            else together.Add(1);
        return together;
    }

    private (RunReport Report, (IReadOnlyList<SimTime> Lost, long Slots)) Watched(
        RunRequest request, Func<HostScenario, HostScenario> change, Duration length, Action<SimTime, Duration> waited,
        CancellationToken cancellation)
    {
        LossWatch? host = null, card = null;
        var run = new InProcessRun(request, file(), change)
        {
            Watch = (tracer, side) =>
            {
                var watch = new LossWatch(tracer.Sources, waited);
                return side == TraceSide.Host ? host = watch : card = watch;
            },
        };
        Interlocked.Exchange(ref doing, length.Nanoseconds);
        current = run;
        var report = run.Execute(cancellation);
        Interlocked.Add(ref done, length.Nanoseconds);
        Interlocked.Exchange(ref doing, 0);
        return (report, ([.. host!.Lost.Concat(card!.Lost).Order()], host.Slots));
    }
}
