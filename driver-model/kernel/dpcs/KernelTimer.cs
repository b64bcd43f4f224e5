using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>KTIMER with a DPC. It expires at the first clock interrupt after its time, and no sooner.</summary>
public sealed class KernelTimer(Dpc dpc)
{
    public Dpc Dpc => dpc;

    /// <summary>Times that it was set while it waited for its clock interrupt: they came to nothing.</summary>
    public long SetAgain { get; internal set; }

    internal bool IsSet { get; set; }
    internal KernelTimer? Next { get; set; }

    /// <summary>The duration for its DPC that came with the setting.</summary>
    internal Duration Requested { get; set; }
}
