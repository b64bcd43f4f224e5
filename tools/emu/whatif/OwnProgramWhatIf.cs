using System.Text.Json;
using System.Text.Json.Nodes;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Study;
using Pcie.Emu.Running;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Trace;

namespace Pcie.Emu.WhatIf;

/// <summary>
/// What-if for anybody's driver: his own program, a <c>DriverProgram</c> with its card in its process, is run with each design and seed. What a
/// change may be, and what was lost, that program says.
/// </summary>
internal sealed class OwnProgramWhatIf : IWhatIf
{
    private readonly string program;
    private readonly RunRequest request;
    private readonly RunScenario scenario;
    private readonly IReadOnlyList<Type> reports;
    private readonly (DesignChange Change, ulong Seed)[] runs;
    private readonly int seeds;
    private int done;

    /// <param name="program">The file to start: a program, or the assembly of one (.dll).</param>
    /// <exception cref="ScenarioException">The scenario is none.</exception>
    public OwnProgramWhatIf(string program, RunRequest request, int seeds, IReadOnlyList<DesignChange> changes)
    {
        (this.program, this.request, this.seeds) = (program, request, seeds);
        var file = request.LoadScenario();
        scenario = RunScenario.Read(file);
        // What a design that is callbacks and counters reports; of another, the members that it has in common with it.
        reports = [.. Enumerable.Repeat(typeof(PlainReport), file.CardCount)];
        runs = [.. changes.Prepend(DesignChange.None).SelectMany(change =>
            Enumerable.Range(0, seeds).Select(i => (change, scenario.Seed + (ulong)i)))];
    }

    /// <inheritdoc/>
    public string Task => $"{runs.Length} runs of {Path.GetFileName(program)}";

    /// <inheritdoc/>
    public double Progress => (double)Volatile.Read(ref done) / runs.Length;

    /// <inheritdoc/>
    public (RunReport Report, TraceRecording Flight)? First { get; private set; }

    /// <inheritdoc/>
    public Comparison Execute(CancellationToken cancellation)
    {
        var results = new (DesignRun? Run, string? Failure)[runs.Length];
        // A program that cannot be run at all is found out by one.
        Run(0);
        if (results[0].Failure is { } failure) throw new FormatException($"{program}: the run of the design as it is failed: {failure}.");
        var options = new ParallelOptions { CancellationToken = cancellation, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(1, runs.Length, options, Run);
        var firsts = Enumerable.Range(1, runs.Length / seeds - 1).Select(change => change * seeds);
        return Comparison.Of(scenario.Name, Of(0), firsts.Select(i => (runs[i].Change, FailureOf(i), FailureOf(i) is null ? Of(i) : [])));

        void Run(int i)
        {
            results[i] = OutcomeOf(i, cancellation);
            Interlocked.Increment(ref done);
        }

        string? FailureOf(int from) => results.Skip(from).Take(seeds).Select(result => result.Failure).FirstOrDefault(one => one is not null);

        IReadOnlyList<DesignRun> Of(int from) => [.. results.Skip(from).Take(seeds).Select(result => result.Run).OfType<DesignRun>()];
    }

    private (DesignRun? Run, string? Failure) OutcomeOf(int index, CancellationToken cancellation)
    {
        var (change, seed) = runs[index];
        var flightFile = Path.GetTempFileName();
        try
        {
            using var child = ChildProgram.StartFile(program,
            [
                "--scenario", request.ScenarioPath, .. request.Changes.Concat(change.Keys).SelectMany(key => (string[])["--set", key.ToString()]),
                "--seed", $"{seed}", .. request.Duration is { } duration ? (string[])["--duration", duration] : [], "--json", "--flight", flightFile,
                "--log-level", "warn",
            ]);
            using var stop = cancellation.Register(child.RequestExit);
            var output = child.Output.ReadToEnd();
            var status = child.WaitForExitAsync(CancellationToken.None).GetAwaiter().GetResult();
            cancellation.ThrowIfCancellationRequested();
            if (status is not (ExitStatus.Done or ExitStatus.Unexpected)) return (null, $"it ended with status {status}, and has said why itself");
            if (JsonNode.Parse(output) is not JsonObject json || !json.ContainsKey("lost"))
                return (null, "its report does not say what was lost, as that of a PlainDesign does");
            var report = RunReport.FromJson(output, reports);
            if (report.Outcome != RunOutcome.Completed) return (null, report.Failure ?? $"{report.Outcome}");
            using var stream = File.OpenRead(flightFile);
            var flight = TraceFile.Read(stream);
            if (index == 0) First = (report, flight);
            return (PlainTrial.OutcomeOf(change.Name, report, flight, seed), null);
        }
        catch (JsonException)
        {
            return (null, "it printed no report; expected a DriverProgram");
        }
        finally
        {
            File.Delete(flightFile);
        }
    }
}
