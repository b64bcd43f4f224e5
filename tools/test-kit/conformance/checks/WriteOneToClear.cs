using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class WriteOneToClear() : ConformanceCheck(
    "write-one-to-clear", "A status bit is cleared by writing 1 to it: not by reading it, and not by writing 0.", "7.4, 7.5.3.5")
{
    private const uint UnsupportedRequestDetected = 1 << 3;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        var status = bench.Config.Find(CapabilityId.Express, "PCI Express") + ExpressLayout.DeviceStatus;
        bench.Step("Device Status, after a read that nobody decodes");
        bench.Enumerate(ConfigLayout.MemorySpace);
        _ = bench.ReadMemory(0x4000_0000, 4);
        Expect(true, "set");
        Expect(true, "still set after it was read");
        bench.Config.Write(status, 0, 2);
        Expect(true, "still set after 0 was written");
        bench.Config.Write(status, UnsupportedRequestDetected, 2);
        Expect(false, "clear after 1 was written");
        if (device.WriteOneToClear is not { } cause)
        {
            bench.NotTried("a bit of the device's own: its profile names none");
            return;
        }

        var named = $"{cause}, which is written 1 to clear by the profile of {device.Name}";
        bench.Step($"{named}, after it was raised");
        device.Raise(bench, 0);
        bench.Expect(cause, 1);
        bench.Step($"{named}, after it was read");
        bench.Expect(cause, 1);
        bench.Step($"{named}, after 0 was written");
        bench.Write(cause, 0);
        bench.Expect(cause, 1);
        bench.Step($"{named}, after 1 was written");
        bench.Write(cause, 1);
        bench.Expect(cause, 0);

        void Expect(bool set, string how) =>
            bench.Expect((bench.Config.Read(status, 2) & UnsupportedRequestDetected) != 0 == set,
                $"Unsupported Request Detected in Device Status: expected to be {how}");
    }
}
