namespace Pcie.Vfio.Tests;

/// <summary>A function that cannot be had is refused with what to do. sysfs is a folder of the test's.</summary>
public sealed class SystemDevicesTests : IDisposable
{
    private const string Device = "0000:03:00.0", Neighbour = "0000:03:00.1";

    private readonly string root = Directory.CreateTempSubdirectory("pcie-sysfs-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void AFunctionOfVfioHasAGroup()
    {
        Add(Device, group: "17", driver: "vfio-pci");

        Assert.Equal("17", SystemDevices.GroupOf(Device, root));
    }

    [Theory]
    [InlineData(null, null, "There is no PCI function 0000:03:00.0 on this machine; 'lspci -D' lists")]
    [InlineData("", "vfio-pci", "has no IOMMU before it")]
    [InlineData("17", "", "is bound to no driver. As root: modprobe vfio-pci && echo vfio-pci > ")]
    [InlineData("17", "nvme", "belongs to the driver nvme, which must let go of it")]
    public void AnotherIsRefusedWithWhatToDo(string? group, string? driver, string says)
    {
        if (group is not null) Add(Device, group, driver!);

        var refused = Assert.Throws<IOException>(() => SystemDevices.GroupOf(Device, root));

        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OfAGroupThoseAreNamedThatHaveOtherDrivers()
    {
        Add(Device, "17", "vfio-pci");
        Add(Neighbour, "17", "snd_hda_intel");
        Add("0000:03:00.2", "17", "");

        Assert.Equal("0000:03:00.1 (snd_hda_intel)", SystemDevices.OthersOf("17", Device, root));
    }

    private void Add(string device, string group, string driver)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, "bus/pci/devices", device)).FullName;
        if (driver.Length > 0) File.CreateSymbolicLink(Path.Combine(folder, "driver"), $"../../../../bus/pci/drivers/{driver}");
        if (group.Length == 0) return;
        File.CreateSymbolicLink(Path.Combine(folder, "iommu_group"), $"../../../../kernel/iommu_groups/{group}");
        Directory.CreateDirectory(Path.Combine(root, "kernel/iommu_groups", group, "devices", device));
    }
}
