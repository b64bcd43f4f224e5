using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class BarSizing() : ConformanceCheck(
    "bar-sizing", "All-ones written to a BAR reads back as its size, the low bits say its kind, and it keeps an address.", "7.5.1.2.1")
{
    // PCI Local Bus Specification 3.0, 6.2.5.1: of memory space, 16 bytes at the least.
    private const ulong Least = 128, LeastOfConventional = 16;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        foreach (var bar in bench.IoBars) bench.NotTried($"BAR {bar}: it is of I/O space");
        if (bench.Bars.Count == 0) throw new NotApplicableException("the function has no BAR");
        var least = bench.Config.IsConventional ? LeastOfConventional : Least;
        foreach (var bar in bench.Bars)
        {
            bench.Expect(bar.Size >= least, $"BAR {bar.Number}: expected {least} bytes at the least, has {bar.Size}");
            var at = ConfigLayout.Bar0 + 4 * bar.Number;
            bench.Expect((bench.Config.Read(at) & ~0xFu) == (uint)bar.Address,
                $"BAR {bar.Number}: expected to keep 0x{bar.Address:X}, reads 0x{bench.Config.Read(at):X}");
            if (bar.Is64Bit) bench.Config.Expect(at + 4, (uint)(bar.Address >> 32), $"BAR {bar.Number}, upper half");
        }
    }
}
