using Pcie.Pci.Config;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class BusMasterEnable() : ConformanceCheck(
    "bus-master-enable", "While Bus Master Enable is off the function makes no memory request: no message, no data.", "7.5.1.1.3")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate(ConfigLayout.MemorySpace);
        MessageProgramming.EnableAny(bench);
        bench.Step("it is made to raise a message");
        device.Raise(bench, 0);
        bench.ExpectSilence(Duration.FromMilliseconds(10));
        bench.Step("it is made to write data");
        try
        {
            device.Stream(bench);
        }
        catch (NotApplicableException)
        {
            // A device that only interrupts.
        }
        bench.ExpectSilence(device.StreamTime);
    }
}
