using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Verdicts;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.WhatIf;

/// <summary>
/// Runs a scenario as it is and with each change, over the same seeds, on all processors. Each run is one thread's from its beginning to its end,
/// so that the outcome is the same on any number of them.
/// </summary>
internal sealed class WhatIfRun
{
    private const int Waits = 100;

    private readonly RunRequest request;
    private readonly ScenarioFile file;
    private readonly HostScenario host;
    private readonly List<(DesignChange Change, string? Refused)> designs;
    private readonly InProcessRun?[] running;
    private readonly ulong[] seeds;
    private int done;

    /// <exception cref="ScenarioException">The scenario is refused.</exception>
    /// <exception cref="FormatException">
    /// It cannot be compared, the duration is none, or a change that was asked for is none that the scenario can have.
    /// </exception>
    public WhatIfRun(RunRequest request, int seeds, IReadOnlyList<DesignChange>? changes)
    {
        this.request = request with { Explains = true };
        file = ScenarioFile.Load(request.ScenarioPath);
        host = HostScenario.Read(file.With([])).With(null, request.Duration);
        if (host.Run.Pacing == Pacing.WallClock)
            throw new FormatException($"{file.Name} runs by the wall clock, where no two runs are alike; what-if needs a free-running scenario.");
        designs = [.. (changes ?? DefaultChanges.For(host)).Select(change => (change, RefusalOf(change, isAskedFor: changes is not null)))];
        this.seeds = [.. Enumerable.Range(0, seeds).Select(i => host.Run.Seed + (ulong)i)];
        running = new InProcessRun?[(designs.Count(design => design.Refused is null) + 1) * seeds];
    }

    /// <summary>The design as it is with the first seed, once it has run: its report, and what explains it.</summary>
    public (RunReport Report, TraceRecording Flight)? First { get; private set; }

    /// <summary>Runs in all.</summary>
    public int Count => running.Length;

    /// <summary>Simulated time of each.</summary>
    public Duration Duration => host.Run.Duration;

    /// <summary>How much is done, 0 to 1; from any thread.</summary>
    public double Progress => (Volatile.Read(ref done) + running.Sum(run => run?.Progress ?? 0)) / running.Length;

    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public Comparison Execute(CancellationToken cancellation)
    {
        var runs = designs.Where(design => design.Refused is null).Select(design => design.Change).Prepend(DesignChange.None)
            .SelectMany(change => seeds.Select(seed => (change, seed))).ToArray();
        var (results, failures) = (new DesignRun?[runs.Length], new string?[runs.Length]);
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, runs.Length, options, i =>
        {
            (results[i], failures[i]) = One(i, runs[i].change, runs[i].seed, cancellation);
            running[i] = null;
            Interlocked.Increment(ref done);
        });
        cancellation.ThrowIfCancellationRequested();
        if (failures.Take(seeds.Length).FirstOrDefault(failure => failure is not null) is { } broken)
            throw new FormatException($"{file.Name}: the run of the design as it is failed: {broken}");
        return Comparison.Of(host.Run.Name, Of(DesignChange.None)!, designs.Select(Designed));

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

    private (DesignRun? Run, string? Failure) One(int index, DesignChange change, ulong seed, CancellationToken cancellation)
    {
        var run = running[index] = new InProcessRun(request with { Seed = seed }, file.With(change.Keys));
        var report = run.Execute(cancellation);
        if (index == 0) First = (report, run.Flight!);
        if (report.Outcome != RunOutcome.Completed) return (null, report.Failure);
        var explanation = Explanation.OfTrace(change.Name, run.Flight!, new AttributionOptions { Worst = Waits }, ReportedCounts.Of(report));
        var stream = explanation.Facts!.Stream;
        var waits = explanation.Attribution.Summaries.SelectMany(summary => summary.Worst).Select(wait => wait.Ended - wait.Since)
            .OrderDescending().Take(Waits);
        return (new DesignRun
        {
            Seed = seed, Simulated = new Duration(report.SimulatedNs), Lost = report.CountLost(), Worst = new Duration(report.IsrToDpcNs.Max),
            Waits = [.. waits], Deadline = stream.Slack, Period = stream.Period, Interrupts = report.Interrupts.Isr,
            RegisterReads = report.IsrRegisterReads,
        }, null);
    }
}
