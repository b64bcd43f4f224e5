using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class CapabilityList() : ConformanceCheck(
    "capability-list", "Both lists of capabilities are well formed, no capability is there twice, and the required ones are there.",
        "7.5.1.1.11, 7.6.3, 7.5.2, 7.5.3")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        var list = bench.Config.Capabilities();
        var isConventional = bench.Config.IsConventional;
        if (isConventional && list.Count == 0) throw new NotApplicableException("it is a function of conventional PCI, without capabilities");
        if (isConventional) bench.NotTried("Power Management and PCI Express: it is a function of conventional PCI");
        foreach (var (id, name) in ((int, string)[])[(CapabilityId.PowerManagement, "Power Management"), (CapabilityId.Express, "PCI Express")])
            bench.Expect(isConventional || list.Count(c => c.Id == id) == 1,
                $"capability list: expected {name} once, is there {list.Count(c => c.Id == id)} times");
        foreach (var same in list.GroupBy(c => c.Offset).Where(same => same.Count() > 1))
            throw bench.Failed($"capability list: expected an end, comes to 0x{same.Key:X} again");
        bench.Expect(list.Count(c => c.Id == CapabilityId.Msi) < 2 && list.Count(c => c.Id == CapabilityId.Msix) < 2,
            "capability list: expected MSI and MSI-X once at the most");
        // A function that sends messages needs one of them (6.1.4).
        bench.Expect(device.Messages == 0 || list.Any(c => c.Id is CapabilityId.Msi or CapabilityId.Msix),
            "capability list: expected MSI or MSI-X of a device that interrupts");
        if (device.Messages == 0) bench.NotTried("whether it needs MSI or MSI-X: its profile has no messages");
        var extended = bench.Config.ExtendedCapabilities();
        bench.Expect(extended.Select(c => c.Offset).Distinct().Count() == extended.Count,
            "extended capability list: expected an end, goes in a circle");
    }
}
