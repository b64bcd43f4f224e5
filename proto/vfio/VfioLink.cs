using Pcie.Foreign;
using Pcie.Link.Sessions;
using Pcie.Time;

namespace Pcie.Vfio;

/// <summary>Attaches a host to a PCI function of this machine. It is reset, if it can be, and closing the link gives it back.</summary>
public static class VfioLink
{
    /// <summary>Takes the function.</summary>
    /// <param name="device">Domain, bus, device and function, as in <c>0000:03:00.0</c>.</param>
    /// <exception cref="IOException">It cannot be had; the text says what to do.</exception>
    public static ForeignLink Open(string device, LinkSessionOptions options)
    {
        if (!Libc.IsSupported) throw new IOException($"vfio:{device}: functions of a machine are reached on Linux on x86-64 alone.");
        if (options.Pacing != Pacing.WallClock)
            throw new IOException($"vfio:{device} goes by the wall clock, as hardware does; add --set run.pacing=wall-clock, or "
                + "pacing = \"wall-clock\" in [run].");
        try
        {
            var group = SystemDevices.GroupOf(device);
            return ForeignLink.OpenWaiting($"the function {device}", options, port =>
            {
                var iommu = IommuGroup.Open(device, group);
                try
                {
                    return new VfioFunction(port, iommu, device);
                }
                catch
                {
                    iommu.Dispose();
                    throw;
                }
            });
        }
        catch (IOException e) when (!e.Message.StartsWith("vfio:", StringComparison.Ordinal))
        {
            throw new IOException($"vfio:{device}: {e.Message}", e);
        }
    }
}
