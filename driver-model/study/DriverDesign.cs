using Pcie.DriverModel.Report;

namespace Pcie.DriverModel.Study;

/// <summary>A driver under study as a scenario describes it: which one, and its design choices. Equal designs make equal runs.</summary>
public abstract record DriverDesign
{
    /// <summary>What the driver and its device are called.</summary>
    public abstract string Name { get; }

    /// <summary>A report of nothing: tells which figures there are.</summary>
    public abstract RunReport EmptyReport { get; }

    /// <param name="output">Where the data that arrives goes; null for nowhere.</param>
    public abstract IDriverUnderStudy Build(Stream? output);
}
