using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class ByteEnables() : ConformanceCheck(
    "byte-enables", "A write changes the bytes that it enables, and no others.", "2.2.5, 2.2.7")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        // Message Address keeps what is written to it but its lowest two bits.
        var address = bench.Config.Find(CapabilityId.Msi, "MSI") + 4;
        bench.Config.Write(address, 0xA5A5_A5A4);
        for (var lane = 0; lane < 4; lane++)
        {
            bench.Config.Write(address + lane, 0x5Cu, 1);
            bench.Config.Expect(address, 0xA5A5_A5A4 & ~(0xFFu << 8 * lane) | 0x5Cu << 8 * lane, $"Message Address after a write of its byte {lane}");
            bench.Config.Write(address, 0xA5A5_A5A4);
        }
        if (device.Scratch is not { } scratch)
        {
            bench.NotTried("a register of the device's own: its profile names none that keeps what is written");
            return;
        }
        bench.Enumerate();
        var place = bench.AddressOf(bench.Registers[scratch]);
        bench.WriteMemory(place, 0x1122_3344, 4);
        bench.WriteMemory(place + 1, 0xEE, 1);
        bench.WriteMemory(place + 2, 0xDDCC, 2);
        bench.Expect(scratch, 0xDDCC_EE44);
        bench.Expect(bench.ReadMemory(place + 3, 1).Value == 0xDD, "a read of one byte: expected 0xDD");
    }
}
