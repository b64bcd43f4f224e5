using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Rare;
using Pcie.Emu.Running;
using Pcie.Emulator.Hosting;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.WhatIf;

/// <summary>
/// Runs a scenario as it is and with each change, over the same seeds, on all processors. Each run is one thread's from its beginning to its end,
/// so that the outcome is the same on any number of them. If something in the scenario is rare, it is made to occur often, and counts for as much as
/// it really does; what does not suit that is simulated as it is.
/// </summary>
internal sealed class WhatIfRun : IWhatIf
{
    // How often a window may turn out to have been too short, each time by this factor.
    private const int Windows = 3, Longer = 4;

    private readonly RunRequest request;
    private readonly ScenarioFile file;
    private readonly HostScenario host;
    private readonly List<(DesignChange Change, string? Refused)> designs;
    private readonly Func<double>?[] running;
    private readonly ulong[] seeds;
    private readonly List<string> notes = [];
    private RarePlan? plan;
    private string? notProven;
    private int done;

    /// <param name="precision">Losses a day that are to be told from none; null to simulate plainly.</param>
    /// <exception cref="ScenarioException">The scenario is refused.</exception>
    /// <exception cref="FormatException">
    /// It cannot be compared, the duration is none, or a change that was asked for is none that the scenario can have.
    /// </exception>
    public WhatIfRun(RunRequest request, int seeds, IReadOnlyList<DesignChange>? changes, double? precision = null)
    {
        this.request = request;
        file = request.LoadScenario();
        host = HostScenario.Read(file.With([])).With(request.Seed, request.Duration);
        if (host.Run.Pacing == Pacing.WallClock)
            throw new FormatException($"{file.Name} runs by the wall clock, where no two runs are alike; what-if needs a free-running scenario.");
        designs = [.. (changes ?? DefaultChanges.For(host)).Select(change => (change, RefusalOf(change, isAskedFor: changes is not null)))];
        this.seeds = [.. Enumerable.Range(0, seeds).Select(i => host.Run.Seed + (ulong)i)];
        running = new Func<double>?[(designs.Count(design => design.Refused is null) + 1) * seeds];
        if (precision is not { } wanted) return;
        var rest = request.Duration is null ? (Duration?)null : host.Run.Duration;
        (plan, var why) = host.Driver is DaqDesign && CardKinds.DaqOf(file.With([]), host.Run.Seed) is { } card
            ? RarePlan.Of(host, card, wanted, seeds, rest) : (null, "only the driver knows what it lost, and when");
        if (why is not null) notes.Add(Plainly(why));
    }

    /// <inheritdoc/>
    public (RunReport Report, TraceRecording Flight)? First { get; private set; }

    /// <inheritdoc/>
    public string Task => plan is null ? $"{running.Length} runs of {host.Run.Duration}" : $"{running.Length} runs";

    /// <inheritdoc/>
    public double Progress => (Volatile.Read(ref done) + running.Sum(progress => progress?.Invoke() ?? 0)) / running.Length;

    /// <inheritdoc/>
    public Comparison Execute(CancellationToken cancellation)
    {
        var runs = designs.Where(design => design.Refused is null).Select(design => design.Change).Prepend(DesignChange.None)
            .SelectMany(change => seeds.Select(seed => (change, seed))).ToArray();
        var (results, failures, unsuited) = (new DesignRun?[runs.Length], new string?[runs.Length], new string?[runs.Length]);
        ExecuteAsItIs();
        ExecuteAll(seeds.Length, runs.Length);
        // What does not suit the method with one seed is simulated plainly with all, so that they can be summed.
        var plainly = designs.Where(design => design.Refused is null && plan is not null).Select(design => IndexOf(design.Change))
            .Select(from => (From: from, Why: unsuited.AsSpan(from, seeds.Length).ToArray().FirstOrDefault(why => why is not null)))
            .Where(design => design.Why is not null).ToList();
        foreach (var (from, why) in plainly)
        {
            notes.Add($"{runs[from].change.Name}: simulated plainly, {host.Run.Duration} for each seed, since {why}.");
            done -= seeds.Length;
        }
        Each([.. plainly.SelectMany(design => Enumerable.Range(design.From, seeds.Length))], plan: null);
        cancellation.ThrowIfCancellationRequested();
        if (failures.Take(seeds.Length).FirstOrDefault(failure => failure is not null) is { } broken)
            throw new FormatException($"{file.Name}: the run of the design as it is failed: {broken}");
        if (plan is not null && notProven is not null) notes.Add($"No bound of the rest can be proven: {notProven}.");
        return Comparison.Of(host.Run.Name, Of(DesignChange.None)!, designs.Select(Designed), plan?.Setting) with { Notes = notes };

        // The design as it is decides for all of them whether and how what is rare is made to occur.
        void ExecuteAsItIs()
        {
            for (var attempt = 1; ; attempt++)
            {
                ExecuteAll(0, seeds.Length);
                if (unsuited.FirstOrDefault(why => why is not null) is not { } reason) return;
                done = 0;
                Array.Clear(unsuited);
                plan = attempt < Windows ? plan! with { Window = plan.Window * Longer } : null;
                if (plan is null) notes.Add(Plainly(reason));
            }
        }

        void ExecuteAll(int from, int to) => Each([.. Enumerable.Range(from, to - from)], plan);

        void Each(IReadOnlyList<int> indices, RarePlan? plan)
        {
            var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
            Parallel.ForEach(indices, options, i =>
            {
                (results[i], failures[i], unsuited[i]) = plan is null ? Plain(i, runs[i].change, runs[i].seed, cancellation)
                    : Rare(plan, i, runs[i].change, runs[i].seed, cancellation);
                running[i] = null;
                Interlocked.Increment(ref done);
            });
        }

        (DesignChange, string?, IReadOnlyList<DesignRun>) Designed((DesignChange Change, string? Refused) design) =>
            design.Refused is not null ? (design.Change, design.Refused, [])
                : Of(design.Change) is { } all ? (design.Change, null, all)
                : (design.Change, failures[IndexOf(design.Change)..].First(failure => failure is not null), []);

        int IndexOf(DesignChange change) => Array.FindIndex(runs, run => ReferenceEquals(run.change, change));

        IReadOnlyList<DesignRun>? Of(DesignChange change)
        {
            var own = results.AsSpan(IndexOf(change), seeds.Length).ToArray();
            return own.Contains(null) ? null : [.. own.OfType<DesignRun>()];
        }
    }

    private string Plainly(string why) => $"Simulated plainly, {host.Run.Duration} for each seed, since {why}.";

    // A usual change may not go with what the scenario is; a change that somebody typed and that does not go is a mistake, which is not found out
    // after hours.
    private string? RefusalOf(DesignChange change, bool isAskedFor)
    {
        try
        {
            return Feasibility.RefusalOf(file, host, change);
        }
        catch (ScenarioException e)
        {
            var message = $"{file.Name} with {change.Name}: {e.Message}";
            return isAskedFor ? throw new FormatException(message) : message;
        }
    }

    private (DesignRun? Run, string? Failure, string? Unsuited) Rare(
        RarePlan plan, int index, DesignChange change, ulong seed, CancellationToken cancellation)
    {
        var run = new RareRun(plan, request with { Seed = seed, Duration = null, Explains = index == 0 }, () => file.With(change.Keys));
        running[index] = () => run.Progress;
        var outcome = run.Execute(cancellation);
        if (index == 0 && run.Raised is { Flight: { } flight } raised) (First, notProven) = ((raised.Report, flight), run.NotProven);
        return outcome;
    }

    private (DesignRun? Run, string? Failure, string? Unsuited) Plain(int index, DesignChange change, ulong seed, CancellationToken cancellation)
    {
        var trial = new PlainTrial(request, file.With(change.Keys), seed);
        running[index] = () => trial.Progress;
        var (report, run) = trial.Execute(change.Name, cancellation);
        if (index == 0) First = (report, trial.Flight);
        return (run, run is null ? report.Failure : null, null);
    }
}
