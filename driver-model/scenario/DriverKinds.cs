using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Study;
using Pcie.Scenario;

namespace Pcie.DriverModel.Scenario;

/// <summary>The drivers that are here.</summary>
internal static class DriverKinds
{
    /// <summary>The one that a scenario describes.</summary>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    public static DriverDesign Read(DriverScenario scenario) => DaqDesign.Read(scenario);
}
