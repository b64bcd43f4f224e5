using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class ReservedBits() : ConformanceCheck(
    "reserved-bits", "Reserved bits and unimplemented places read as zero, whatever is written.", "7.4, 7.5.1.1.3")
{
    private const uint CommandReserved = 0xF800;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        var config = bench.Config;
        // Without the bits that switch something on.
        config.Write(ConfigLayout.Command, CommandReserved, 2);
        config.Expect(ConfigLayout.Command, 0, "Command after a write of its reserved bits", 2);
        if (config.IsConventional)
        {
            bench.NotTried("the last DW of configuration space: it is a function of conventional PCI, whose space behind the header is its own");
            return;
        }
        var used = bench.Config.ExtendedCapabilities().Select(c => c.Offset).DefaultIfEmpty(0).Max();
        // The last DW: behind a capability that begins there, nothing has room.
        const int Last = ConfigLayout.Size - 4;
        if (used > Last - 0x100) throw new NotApplicableException("extended capabilities reach to the end of configuration space");
        config.Write(Last, uint.MaxValue);
        config.Expect(Last, 0, "the last DW of configuration space, where no capability is");
    }
}
