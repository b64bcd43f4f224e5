using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class PowerOnState() : ConformanceCheck(
    "power-on-state", "After power-on nothing is enabled, no BAR is placed, and control fields have their defaults.",
        "7.5.1.1.3, 7.5.1.2.1, 7.5.3.4, 7.7.1.2")
{
    private const uint MaxReadRequest512 = 2 << 12;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        var config = bench.Config;
        config.Expect(ConfigLayout.Command, 0, "Command", 2);
        for (var bar = 0; bar < 6; bar++)
            bench.Expect((config.Read(ConfigLayout.Bar0 + 4 * bar) & ~0xFu) == 0,
                $"BAR {bar}: expected no address, read 0x{config.Read(ConfigLayout.Bar0 + 4 * bar):X}");
        foreach (var (id, offset) in config.Capabilities())
            switch (id)
            {
                case CapabilityId.Msi:
                    bench.Expect((config.Read(offset + MsiLayout.MessageControl, 2) & 0x71) == 0,
                        "MSI: expected to be disabled, and one message granted");
                    break;
                case CapabilityId.Msix:
                    bench.Expect((config.Read(offset + MsiLayout.MessageControl, 2) & 0xC000) == 0,
                        "MSI-X: expected Enable and Function Mask to be 0");
                    break;
                case CapabilityId.Express:
                    var control = config.Read(offset + ExpressLayout.DeviceControl, 2);
                    bench.Expect((control & 0x00E0) == 0, $"Device Control: expected Max_Payload_Size 128 bytes, read 0x{control:X4}");
                    bench.Expect((control & 0x7000) == MaxReadRequest512,
                        $"Device Control: expected Max_Read_Request_Size 512 bytes, read 0x{control:X4}");
                    bench.Expect((config.Read(offset + ExpressLayout.DeviceStatus, 2) & 0xF) == 0, "Device Status: expected no error");
                    break;
                case CapabilityId.PowerManagement:
                    bench.Expect((config.Read(offset + PowerManagementLayout.Control, 2) & 3) == 0, "Power Management: expected D0");
                    break;
            }
    }
}
