using Pcie.Pci.Messages;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class MsiMask() : ConformanceCheck(
    "msi-mask", "A masked message sets its pending bit, goes once when it is unmasked, however often it was raised, and is not pending after.",
        "6.1.4.5, 7.7.1.7")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 1);
        var mask = MessageProgramming.MsiMask(bench.Config);
        if (device.Messages > 1) bench.NotTried($"messages 1 to {device.Messages - 1}");
        bench.Step("message 0 is masked, and raised twice");
        bench.Config.Write(mask, 1);
        device.Raise(bench, 0);
        device.Raise(bench, 0);
        bench.ExpectNoMessage(Duration.FromMilliseconds(1));
        bench.Config.Expect(mask + 4, 1, "Pending Bits");
        bench.Step("message 0 is unmasked");
        bench.Config.Write(mask, 0);
        bench.ExpectMessage(0, within: Duration.FromMilliseconds(1));
        bench.ExpectNoMessage(Duration.FromMilliseconds(10));
        bench.Config.Expect(mask + 4, 0, "Pending Bits");
    }
}
