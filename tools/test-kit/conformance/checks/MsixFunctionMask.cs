using Pcie.Pci.Config;
using Pcie.Pci.Messages;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class MsixFunctionMask() : ConformanceCheck(
    "msix-function-mask", "Function Mask holds back every entry, and what was raised meanwhile goes once when it is cleared.", "7.7.2.2, 6.1.4.5")
{
    private const uint Enable = MsixLayout.Enable, FunctionMask = MsixLayout.FunctionMask;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        bench.EnableMessages(MessageKind.MsiX, 1);
        var control = bench.Config.Find(CapabilityId.Msix, "MSI-X") + MsiLayout.MessageControl;
        bench.Step("Function Mask is set");
        bench.Config.Write(control, Enable | FunctionMask, 2);
        device.Raise(bench, 0);
        device.Raise(bench, 0);
        bench.ExpectNoMessage(Duration.FromMilliseconds(1));
        bench.Step("Function Mask is cleared");
        bench.Config.Write(control, Enable, 2);
        bench.ExpectMessage(0, within: Duration.FromMilliseconds(1));
        bench.ExpectNoMessage(Duration.FromMilliseconds(10));
    }
}
