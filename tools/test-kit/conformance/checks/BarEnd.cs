using Pcie.Pci;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class BarEnd() : ConformanceCheck(
    "bar-end", "Nothing answers beyond the end of a BAR, nor across it, and a write there changes nothing.", "2.3.1, 7.5.1.2.1")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        foreach (var bar in bench.Bars)
        {
            var end = bar.Address + bar.Size;
            bench.ExpectOutcome(RequestOutcome.UnsupportedRequest, end, 4);
            var across = bench.ReadMemory(end - 4, 8);
            bench.Expect(across.Outcome is RequestOutcome.UnsupportedRequest or RequestOutcome.CompleterAbort,
                $"BAR {bar.Number}: a read of the last DW and the one behind it: expected to be refused, got {bench.Describe(across.Outcome)} "
                    + $"with 0x{across.Value:X}");
            bench.ExpectOutcome(RequestOutcome.UnsupportedRequest, bar.Address - 4, 4);
        }
        if (device.Scratch is not { } scratch)
        {
            bench.NotTried("a register of the device's own: its profile names none that keeps what is written");
            return;
        }
        var place = bench.Registers[scratch];
        bench.Write(scratch, 0x1234_5678);
        bench.WriteMemory(bench.AddressOf(place) + bench.BarOf(place.Bar).Size, 0xFFFF_FFFF, 4);
        bench.Expect(scratch, 0x1234_5678);
    }
}
