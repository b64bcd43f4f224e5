using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Study;
using Pcie.Scenario;

namespace Pcie.DriverModel.Daq;

/// <summary>The driver of the data-acquisition card, <c>[driver]</c>, and its application, <c>[host.reader]</c>.</summary>
public sealed record DaqDesign(DaqDriverOptions Options, ReaderOptions Reader) : DriverDesign
{
    public override WdfDeviceOptions Device => Options.Device;

    public override Type ReportType => typeof(DaqReport);

    /// <exception cref="ScenarioException">A table says something impossible or unknown.</exception>
    public static DaqDesign Read(DriverScenario scenario) =>
        new(DaqDriverOptions.Read(scenario.File.TableOf<DaqDriverOptions>(), scenario.Processors), scenario.Read<ReaderOptions>());

    public override IDriverUnderStudy Build(Stream? output) => new DaqUnderStudy(new DaqDriver(Options, Reader, output), Options);
}
