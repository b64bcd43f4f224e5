using System.Collections.Concurrent;
using Pcie.Campaign.Plan;
using Pcie.Campaign.Units;
using Pcie.Diagnosis.WhatIf;
using Pcie.Time;

namespace Pcie.Workers.Tests;

/// <summary>Units that take no time, and come to what the test says.</summary>
internal sealed class ScriptedRunner(string version = ScriptedRunner.Build, Func<string, string, ulong, string>? digest = null) : IUnitRunner
{
    public const string Build = "1.0 (test)";

    private readonly ConcurrentQueue<ulong> runs = new();

    public string Version => version;

    /// <summary>The seeds that were run here, in order.</summary>
    public IReadOnlyList<ulong> Runs => [.. runs];

    public UnitOutcome Run(string text, string folder, ulong seed, CancellationToken cancellation)
    {
        runs.Enqueue(seed);
        return new UnitOutcome(seed, digest?.Invoke(text, folder, seed) ?? DigestOf(seed), new DesignRun
        {
            Seed = seed, Simulated = Duration.FromSeconds(1), Lost = (long)seed % 3, Worst = Duration.FromMicroseconds((long)seed),
            Waits = [Duration.FromMicroseconds((long)seed)], Deadline = Duration.FromMilliseconds(1), Period = Duration.FromMilliseconds(1),
            Interrupts = 10, RegisterReads = 10,
        }, null);
    }

    public static string DigestOf(ulong seed) => $"digest-{seed}";

    /// <param name="text">Distinguishes campaigns.</param>
    public static CampaignPlan Plan(string text, int seeds, params ContentFile[] files) => new(text, seeds, [new PlannedScenario(text, 7,
        [new PlannedDesign(DesignChange.None, null, new UnitContent(text, files, Build))])]);
}
