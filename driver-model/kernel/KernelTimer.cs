namespace Pcie.DriverModel.Kernel;

/// <summary>KTIMER with a DPC. It expires at the first clock interrupt after its time, and no sooner.</summary>
public sealed class KernelTimer(Dpc dpc)
{
    public Dpc Dpc => dpc;

    /// <summary>Times that it was set while it waited for its clock interrupt: they came to nothing.</summary>
    public long SetAgain { get; internal set; }

    internal bool IsSet { get; set; }
    internal KernelTimer? Next { get; set; }

    /// <summary>How long its DPC will take.</summary>
    internal Pcie.Time.Duration Work { get; set; }
}
