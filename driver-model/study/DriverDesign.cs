using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Report;

namespace Pcie.DriverModel.Study;

/// <summary>A driver under study as a scenario describes it: which one, and its design choices. Equal designs make equal runs.</summary>
public abstract record DriverDesign
{
    /// <summary>How the framework sets up the driver's device.</summary>
    public abstract WdfDeviceOptions Device { get; }

    /// <summary>The type of its <see cref="RunReport"/>, which tells which figures there are.</summary>
    public abstract Type ReportType { get; }

    /// <summary>
    /// Whether a run ends with the framework stopping the device, for one that must be left in order. What that takes is added to the run.
    /// </summary>
    public bool IsStoppedAtEnd { get; init; }

    /// <param name="output">Where the data that arrives goes; null for nowhere.</param>
    public abstract IDriverUnderStudy Build(Stream? output);
}
