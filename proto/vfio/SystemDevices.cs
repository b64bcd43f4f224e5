namespace Pcie.Vfio;

/// <summary>What the system says of its PCI functions, in sysfs.</summary>
internal static class SystemDevices
{
    private const string Driver = "vfio-pci";

    /// <summary>Looks whether a function can be had.</summary>
    /// <param name="device">Domain, bus, device and function.</param>
    /// <param name="root">Where sysfs is.</param>
    /// <returns>The number of its IOMMU group.</returns>
    /// <exception cref="IOException">It cannot; the text says what to do.</exception>
    public static string GroupOf(string device, string root = "/sys")
    {
        var folder = $"{root}/bus/pci/devices/{device}";
        if (!Directory.Exists(folder))
            throw new IOException($"There is no PCI function {device} on this machine; 'lspci -D' lists those that there are.");
        var bind = $"echo {Driver} > /sys/bus/pci/devices/{device}/driver_override && echo {device} > /sys/bus/pci/drivers_probe";
        var group = TargetOf($"{folder}/iommu_group");
        if (group is null)
            throw new IOException($"{device} has no IOMMU before it, and VFIO takes no device without: turn the IOMMU on in the firmware (VT-d, "
                + "AMD-Vi) and for the kernel (intel_iommu=on on its command line).");
        return TargetOf($"{folder}/driver") switch
        {
            Driver => group,
            null => throw new IOException($"{device} is bound to no driver. As root: modprobe {Driver} && {bind}"),
            var other => throw new IOException($"{device} belongs to the driver {other}, which must let go of it. As root, if nobody needs it: "
                + $"modprobe {Driver} && echo {device} > /sys/bus/pci/devices/{device}/driver/unbind && {bind}"),
        };
    }

    /// <summary>The other functions of a group that have a driver which is not VFIO's.</summary>
    public static string OthersOf(string group, string device, string root = "/sys") => string.Join(", ",
        Directory.EnumerateDirectories($"{root}/kernel/iommu_groups/{group}/devices").Select(Path.GetFileName)
            .Where(other => other != device && TargetOf($"{root}/bus/pci/devices/{other}/driver") is { } driver && driver != Driver)
            .Select(other => $"{other} ({TargetOf($"{root}/bus/pci/devices/{other}/driver")})").DefaultIfEmpty("other functions"));

    private static string? TargetOf(string link) => Path.GetFileName(new FileInfo(link).LinkTarget);
}
