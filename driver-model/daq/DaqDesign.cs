using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Study;

namespace Pcie.DriverModel.Daq;

/// <summary>The driver of the data-acquisition card, <c>[driver]</c>, and its application, <c>[host.reader]</c>.</summary>
public sealed record DaqDesign(DaqDriverOptions Options, ReaderOptions Reader) : DriverDesign
{
    public override string Name => "daq";

    public override RunReport EmptyReport => new DaqReport();

    public override IDriverUnderStudy Build(Stream? output) => new DaqUnderStudy(new DaqDriver(Options, Reader, output));
}
