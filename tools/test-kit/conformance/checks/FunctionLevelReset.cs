using Pcie.Pci.Config;
using Pcie.Pci.Messages;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class FunctionLevelReset() : ConformanceCheck(
    "function-level-reset", "A function-level reset brings the function into its power-on state: nothing enabled, no BAR placed, no request.",
        "6.6.2")
{
    private const uint Capable = ExpressLayout.FunctionLevelResetCapable, Initiate = ExpressLayout.InitiateFunctionLevelReset;

    // 6.6.2: the function is ready within this time.
    private static readonly Duration Ready = Duration.FromMilliseconds(100);

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        var id = bench.Config.Read(ConfigLayout.VendorId);
        if (bench.Config.Capabilities().Any(c => c.Id == CapabilityId.Msi)) bench.EnableMessages(MessageKind.Msi, 1);
        if (device.Scratch is { } scratch) bench.Write(scratch, 0x1234_5678);
        if (!TryInitiate(bench)) throw new NotApplicableException("the function cannot be reset by itself");
        bench.Config.Expect(ConfigLayout.VendorId, id, "Vendor and Device ID");
        new PowerOnState().Run(bench, device);
        bench.ExpectSilence(Duration.FromMilliseconds(10));
        if (device.Scratch is not { } name)
        {
            bench.NotTried("a register of the device's own: its profile names none that keeps what is written");
            return;
        }
        bench.Enumerate();
        bench.Expect(name, 0);
    }

    /// <returns>False if the function has no such reset.</returns>
    public static bool TryInitiate(TestBench bench)
    {
        var at = bench.Config.Find(CapabilityId.Express, "PCI Express");
        if ((bench.Config.Read(at + ExpressLayout.DeviceCapabilities) & Capable) == 0) return false;
        bench.Step("after a function-level reset");
        bench.Config.Write(at + ExpressLayout.DeviceControl, Initiate, 2);
        bench.Wait(Ready);
        bench.Expect((bench.Config.Read(at + ExpressLayout.DeviceControl, 2) & Initiate) == 0,
            "Initiate Function Level Reset: expected to read as 0");
        return true;
    }
}
