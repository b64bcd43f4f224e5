using Pcie.Campaign.Units;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Scenario;

namespace Pcie.Emu.Campaigns;

/// <summary>Runs units in this process.</summary>
internal sealed class UnitRunner : IUnitRunner
{
    public string Version => ProgramBuild.Version;

    public UnitOutcome Run(string text, string folder, ulong seed, CancellationToken cancellation)
    {
        var (report, run) = new PlainTrial(new RunRequest("", LinkKind.Inproc), ScenarioFile.Parse(text, "unit.toml", folder), seed)
            .Execute("unit", cancellation);
        return new UnitOutcome(seed, report.Digest, run, run is null ? report.Failure ?? $"{report.Outcome}" : null);
    }
}
