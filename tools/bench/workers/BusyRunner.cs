using System.Diagnostics;
using Pcie.Campaign.Plan;
using Pcie.Campaign.Units;
using Pcie.Diagnosis.WhatIf;
using Pcie.Time;

namespace Pcie.Bench.Workers;

/// <summary>Units that take as much of a processor as is asked for, and come to nothing.</summary>
internal sealed class BusyRunner(TimeSpan time) : IUnitRunner
{
    private const string Build = "bench";

    public string Version => Build;

    public UnitOutcome Run(string text, string folder, ulong seed, CancellationToken cancellation)
    {
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < time;) Thread.SpinWait(20);
        return new UnitOutcome(seed, $"{seed:x16}", new DesignRun
        {
            Seed = seed, Simulated = Duration.FromSeconds(1), Lost = 0, Worst = Duration.Zero, Waits = [], Deadline = Duration.FromSeconds(1),
            Period = Duration.FromSeconds(1), Interrupts = 0, RegisterReads = 0,
        }, null);
    }

    public static CampaignPlan Plan(string name, int seeds) => new(name, seeds,
        [new PlannedScenario(name, 0, [new PlannedDesign(DesignChange.None, null, new UnitContent(name, [], Build))])]);
}
