using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class MemorySpaceEnable() : ConformanceCheck(
    "memory-space-enable", "While Memory Space Enable is off the function decodes no BAR: reads are unsupported requests, writes are lost.",
        "7.5.1.1.3")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        if (bench.Bars.Count == 0) throw new NotApplicableException("the function has no BAR");
        if (device.Scratch is { } scratch) bench.Write(scratch, 0x1234_5678);
        bench.Config.Write(ConfigLayout.Command, ConfigLayout.BusMaster, 2);
        foreach (var bar in bench.Bars) bench.ExpectOutcome(RequestOutcome.UnsupportedRequest, bar.Address, 4);
        if (device.Scratch is not { } name)
        {
            bench.NotTried("a register of the device's own: its profile names none that keeps what is written");
            return;
        }
        bench.WriteMemory(bench.AddressOf(bench.Registers[name]), 0xDEAD_BEEF, 4);
        bench.Config.Write(ConfigLayout.Command, ConfigLayout.MemorySpace, 2);
        bench.Expect(name, 0x1234_5678);
    }
}
