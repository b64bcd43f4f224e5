using Pcie.Diagnosis.Verdicts;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.Scenario;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Emu.WhatIf;

/// <summary>A cure that an explanation named, tried: the same scenario and seed with the cure's keys.</summary>
/// <param name="Lost">Chunks that were lost, or handed on damaged, with the cure; null if it could not be tried.</param>
/// <param name="Damaged">Of these, chunks that were handed on damaged.</param>
/// <param name="Refused">Why it could not be tried.</param>
public sealed record CureTrial(Cure Cure, long? Lost, long? Damaged, string? Refused)
{
    /// <summary>Tries every cure of an explanation that has keys, each once.</summary>
    /// <exception cref="FormatException">The scenario runs by the wall clock, where no two runs are alike.</exception>
    public static IReadOnlyList<CureTrial> TryAll(RunRequest request, Explanation explanation, CancellationToken cancellation)
    {
        var file = request.LoadScenario();
        var host = HostScenario.Read(file.With([])).With(request.Seed, request.Duration);
        if (host.Run.Pacing == Pacing.WallClock)
            throw new FormatException(
                $"{file.Name} runs by the wall clock, where no two runs are alike; cures can be tried of free-running scenarios only.");
        var cures = explanation.All.SelectMany(verdict => verdict.Cures)
            .Where(cure => cure.Change.Length > 0).DistinctBy(cure => cure.Change).ToList();
        // Each overrun has its own number of slots; the fewest and the most are tried.
        var slots = cures.Where(IsOfSlots).OrderBy(cure => cure.Change.Length).ThenBy(cure => cure.Change, StringComparer.Ordinal).ToList();
        if (slots.Count > 2) cures.RemoveAll(slots[1..^1].Contains);
        var plain = new RunRequest(request.ScenarioPath, LinkKind.Inproc)
        {
            Seed = request.Seed, Duration = request.Duration, SourceFile = request.SourceFile, Device = request.Device,
            DeviceConfig = request.DeviceConfig,
        };
        return [.. cures.AsParallel().AsOrdered().WithCancellation(cancellation).Select(cure => One(plain, file, host, cure, cancellation))];
    }

    /// <summary>What a run lost, damaged chunks included.</summary>
    public static (long Lost, long Damaged) LossOf(RunReport report) =>
        (report.CountLost(), report is DaqReport { Chunks: var chunks } ? Math.Max(chunks.Corrupt, chunks.Torn) : 0);

    /// <summary>A table for a person.</summary>
    public static string ToText(RunReport report, IReadOnlyList<CureTrial> trials)
    {
        if (trials.Count == 0) return "TRIED       no cure that was named is a change of the scenario's keys";
        var table = new TextTable("  ").Left("cure", 44).Left("was said", 16).Right("lost", 12).Right("damaged", 10).AddHeadings();
        var (lost, damaged) = LossOf(report);
        table.AddRow("as it is", "", $"{lost:#,0}", $"{damaged:#,0}");
        foreach (var trial in trials)
            table.AddRow(trial.Cure.Change, trial.Cure.Label, trial.Refused ?? $"{trial.Lost:#,0}", $"{trial.Damaged:#,0}");
        return $"TRIED       the same run with each cure:\n{table}".TrimEnd();
    }

    private static bool IsOfSlots(Cure cure) => cure.Change.StartsWith("driver.ring-slots", StringComparison.Ordinal);

    private static CureTrial One(RunRequest request, ScenarioFile file, HostScenario host, Cure cure, CancellationToken cancellation)
    {
        var keys = cure.Change.Split(',').ToList();
        // So many slots a driver has that goes round a ring of them.
        if (IsOfSlots(cure) && host.Driver is DaqDesign { Options.Buffering: Buffering.Single or Buffering.PingPong })
            keys.Insert(0, "driver.buffering=ring");
        var change = DesignChange.Of(cure.What, DesignNeeds.Unknown, keys);
        try
        {
            if (Feasibility.RefusalOf(file, host, change) is { } refused) return new CureTrial(cure, null, null, refused);
        }
        catch (ScenarioException e)
        {
            return new CureTrial(cure, null, null, e.Message);
        }
        var report = new InProcessRun(request, file.With(change.Keys)).Execute(cancellation);
        // A bug check ends the run early as it is, and with the cure.
        if (report.Outcome is not (RunOutcome.Completed or RunOutcome.DpcWatchdogViolation)) return new CureTrial(cure, null, null, report.Failure);
        var (lost, damaged) = LossOf(report);
        return new CureTrial(cure, lost, damaged, null);
    }
}
