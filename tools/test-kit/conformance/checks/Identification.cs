using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class Identification() : ConformanceCheck(
    "identification", "The header says who made the device and what it is, and cannot be written.", "7.5.1.1")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        var config = bench.Config;
        var id = config.Read(ConfigLayout.VendorId);
        bench.Expect((id & 0xFFFF) is not (0 or 0xFFFF), $"Vendor ID: expected one that is assigned, read 0x{id & 0xFFFF:X4}");
        var kind = config.Read(ConfigLayout.HeaderType, 1) & 0x7F;
        bench.Expect(kind == 0, $"Header Type: expected 0, an endpoint's, read 0x{kind:X}");
        if (config.IsConventional) bench.NotTried("Capabilities List of Status: it is a function of conventional PCI");
        else bench.Expect((config.Read(ConfigLayout.Status, 2) & 1 << 4) != 0,
            "Status: expected Capabilities List to be 1, as every PCI Express function has it");
        foreach (var offset in (int[])[ConfigLayout.VendorId, ConfigLayout.ClassRevision])
        {
            var before = config.Read(offset);
            config.Write(offset, ~before);
            config.Expect(offset, before, "a read-only register after its complement was written");
        }
    }
}
