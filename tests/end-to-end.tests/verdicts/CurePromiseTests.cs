using System.Globalization;
using Pcie.Diagnosis.Verdicts;
using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Verdicts;

/// <summary>
/// "Would help" is a promise: the run with that cure loses less, or hands on less that is damaged. "Would not help", where keys of the
/// scenario are that change, is one too. And no run that lost something is without a verdict that says how.
/// </summary>
public sealed class CurePromiseTests
{
    // CURE_SEEDS=1000-3000 tries those instead.
    private static readonly (int From, int To) Random = Environment.GetEnvironmentVariable("CURE_SEEDS")?.Split('-') is [var from, var to]
        ? (int.Parse(from, CultureInfo.InvariantCulture), int.Parse(to, CultureInfo.InvariantCulture)) : (1, 120);

    private static readonly VerdictKind[] OfNoLoss = [VerdictKind.None, VerdictKind.InTime, VerdictKind.NotTheCause, VerdictKind.BenignCollapse];

    public static TheoryData<string> Shipped => [.. ShippedScenarios.FreeRunning.Select(run => run.Name)];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void EveryCureOfAShippedScenarioKeepsItsPromise(string name) =>
        AssertNone(Broken(ShippedScenarios.PathOf(name), name is "late-dpc" or "late-dpc-ring" ? "10min" : null));

    [Fact]
    public void EveryCureOfARandomScenarioKeepsItsPromise()
    {
        using var folder = new TemporaryFolder();
        AssertNone(Enumerable.Range(Random.From, Random.To - Random.From + 1).AsParallel()
            .SelectMany(seed => Broken(folder.Write($"random-{seed}.toml", RandomScenario.Of(seed)), null).ToList() is { Count: > 0 } broken
                ? [.. broken, RandomScenario.Of(seed)] : (IEnumerable<string>)[]));
    }

    // All of them, with all that is said of each.
    private static void AssertNone(IEnumerable<string> broken)
    {
        var all = string.Join("\n", broken);
        Assert.True(all.Length == 0, all);
    }

    private static IEnumerable<string> Broken(string path, string? duration)
    {
        var request = new RunRequest(path, LinkKind.Inproc) { Explains = true, Duration = duration };
        var run = new InProcessRun(request);
        var report = run.Execute(CancellationToken.None);
        var explanation = ExplainedRun.Of(report, run.Flight!);
        var (lost, damaged) = CureTrial.LossOf(report);
        var about = $"{Path.GetFileName(path)}, which lost {lost} ({damaged} damaged): ";
        var verdicts = explanation.All.ToList();
        if (report.Outcome == RunOutcome.Completed && lost > 0 && verdicts.TrueForAll(verdict => OfNoLoss.Contains(verdict.Kind)))
            yield return about + "no verdict says how";
        foreach (var trial in CureTrial.TryAll(request, explanation, CancellationToken.None))
        {
            var holds = trial.Cure.Help switch
            {
                CureHelp.Would => trial.Lost < lost || trial.Damaged < damaged,
                CureHelp.WouldNot => !(trial.Lost < lost),
                _ => true,
            };
            if (!holds)
                yield return $"{about}{trial.Cure.Change} {trial.Cure.Label}, and lost {trial.Lost} ({trial.Damaged} damaged){trial.Refused}";
        }
    }
}
