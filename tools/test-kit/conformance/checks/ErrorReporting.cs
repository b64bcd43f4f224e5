using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class ErrorReporting() : ConformanceCheck(
    "error-reporting", "A request that is refused is recorded in Device Status, whether or not reporting is enabled; a good one is not.",
        "6.2.4, 7.5.3.5")
{
    private const uint Errors = 0xF, UnsupportedRequestDetected = 1 << 3;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        var status = bench.Config.Find(CapabilityId.Express, "PCI Express") + ExpressLayout.DeviceStatus;
        bench.Enumerate(ConfigLayout.MemorySpace);
        foreach (var bar in bench.Bars) _ = bench.ReadMemory(bar.Address, 4);
        bench.Expect((bench.Config.Read(status, 2) & UnsupportedRequestDetected) == 0,
            "Device Status after good requests: expected no unsupported request");
        _ = bench.ReadMemory(0x4000_0000, 4);
        bench.Expect((bench.Config.Read(status, 2) & UnsupportedRequestDetected) != 0,
            "Device Status after a read that nobody decodes: expected Unsupported Request Detected");
        bench.Config.Write(status, Errors, 2);
        bench.WriteMemory(0x4000_0000, 1, 4);
        bench.Expect((bench.Config.Read(status, 2) & UnsupportedRequestDetected) != 0,
            "Device Status after a write that nobody decodes: expected Unsupported Request Detected");
    }
}
