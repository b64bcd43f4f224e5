using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Edu;
using Pcie.DriverModel.Nvme;
using Pcie.DriverModel.Study;
using Pcie.Scenario;

namespace Pcie.DriverModel.Scenario;

/// <summary>Makes the drivers that are here.</summary>
public static class DriverKinds
{
    /// <summary>The types of report that runs of them come to.</summary>
    public static IReadOnlyList<Type> Reports { get; } = [typeof(DaqReport), typeof(PlainReport)];

    /// <summary>The one that a scenario describes.</summary>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    internal static DriverDesign Read(DriverScenario scenario) => scenario.File.TableOf<DriverChoice>().ReadPart<DriverChoice>().Kind switch
    {
        DriverKind.Edu => EduDriver.Design(scenario),
        DriverKind.Nvme => NvmeDriver.Design(scenario),
        _ => DaqDesign.Read(scenario),
    };
}
