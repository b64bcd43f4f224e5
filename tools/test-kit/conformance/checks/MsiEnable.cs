using Pcie.Pci.Config;
using Pcie.Pci.Messages;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class MsiEnable() : ConformanceCheck(
    "msi-enable", "A message goes while MSI Enable is set, with the data and to the address that were programmed, and none while it is clear.",
        "7.7.1.2, 6.1.4")
{
    private const uint Enable = 1;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 1);
        var control = bench.Config.Find(CapabilityId.Msi, "MSI") + MsiLayout.MessageControl;
        bench.Step("MSI Enable is set");
        device.Raise(bench, 0);
        bench.ExpectMessage(0, within: Duration.FromMilliseconds(1));
        bench.Step("MSI Enable is clear");
        bench.Config.Write(control, bench.Config.Read(control, 2) & ~Enable, 2);
        device.Raise(bench, 0);
        bench.ExpectNoMessage(Duration.FromMilliseconds(10));
    }
}
