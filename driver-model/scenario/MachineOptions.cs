using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel.Options;
using Pcie.Scenario;

namespace Pcie.DriverModel.Scenario;

/// <summary>The machine that the driver under study runs on.</summary>
[Table("host", "The machine: processors, kernel, other drivers and the application. The kernel's numbers are those that Windows calls "
    + "system-defined.")]
public sealed record MachineOptions
{
    [Keys]
    public KernelOptions Kernel { get; init; } = new();

    [Keys]
    public BusOptions Bus { get; init; } = new();

    [Key("interference", "Other drivers and threads: what comes in between.")]
    public IReadOnlyList<InterferenceOptions> Interference { get; init; } = [];

    /// <exception cref="ScenarioException">The table says something impossible or unknown.</exception>
    public static MachineOptions Read(ScenarioTable table)
    {
        var machine = table.Read<MachineOptions>();
        machine.Kernel.Check(table);
        return machine with
        {
            Kernel = machine.Kernel with { IdleStates = IdleState.ReadAll(table.Tables("idle-state")) },
            Interference = InterferenceOptions.ReadAll(table.Tables("interference"), machine.Kernel),
        };
    }
}
