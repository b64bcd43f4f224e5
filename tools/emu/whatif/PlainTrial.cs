using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Verdicts;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.WhatIf;

/// <summary>A design with one seed, simulated as it is.</summary>
internal sealed class PlainTrial
{
    private const int Waits = 100;

    private readonly InProcessRun run;
    private readonly ulong seed;

    /// <exception cref="ScenarioException">The scenario is refused.</exception>
    public PlainTrial(RunRequest request, ScenarioFile file, ulong seed)
    {
        this.seed = seed;
        run = new InProcessRun(request with { Seed = seed, Explains = true }, file);
    }

    /// <inheritdoc cref="InProcessRun.Progress"/>
    public double Progress => run.Progress;

    /// <inheritdoc cref="InProcessRun.Flight"/>
    public TraceRecording Flight => run.Flight!;

    /// <returns>The report, and what a comparison needs of it; null if the run was not completed.</returns>
    public (RunReport Report, DesignRun? Run) Execute(string name, CancellationToken cancellation)
    {
        var report = run.Execute(cancellation);
        cancellation.ThrowIfCancellationRequested();
        return (report, report.Outcome == RunOutcome.Completed ? OutcomeOf(name, report, Flight, seed) : null);
    }

    /// <summary>What a comparison needs of a run that was completed.</summary>
    internal static DesignRun OutcomeOf(string name, RunReport report, TraceRecording flight, ulong seed)
    {
        var explanation = Explanation.OfTrace(name, flight, new AttributionOptions { Worst = Waits }, ReportedCounts.Of(report));
        var stream = explanation.Facts!.Stream;
        var waits = explanation.Attribution.Summaries.SelectMany(summary => summary.Worst).Select(wait => wait.Ended - wait.Since)
            .OrderDescending().Take(Waits);
        return new DesignRun
        {
            Seed = seed, Simulated = new Duration(report.SimulatedNs), Lost = report.CountLost(), Worst = new Duration(report.IsrToDpcNs.Max),
            Waits = [.. waits], Deadline = stream.Slack, Period = stream.Period, Interrupts = report.Interrupts.Isr,
            RegisterReads = report.IsrRegisterReads,
        };
    }
}
