using Pcie.Pci.Config;
using Pcie.Pci.Messages;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class MsiGrant() : ConformanceCheck(
    "msi-grant", "With fewer messages granted than asked for the function uses those, and changes no more bits of the data than they need.",
        "7.7.1.2, 6.1.4.1")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        var control = bench.Config.Read(bench.Config.Find(CapabilityId.Msi, "MSI") + MsiLayout.MessageControl, 2);
        var capable = MsiLayout.Requested(control);
        bench.Expect(capable <= 32, $"Multiple Message Capable: expected 32 at the most, says {capable}");
        for (var granted = 1; granted <= capable; granted *= 2)
        {
            bench.Step($"{granted} of {capable} messages are granted");
            bench.EnableMessages(MessageKind.Msi, granted);
            for (var message = 0; message < device.Messages; message++)
            {
                device.Raise(bench, message);
                var got = bench.NextMessage(within: Duration.FromMilliseconds(1));
                bench.Expect(got.Number >= 0 && got.Number < granted,
                    $"expected a message from 0 to {granted - 1}, got number {got.Number} (data 0x{got.Data:X})");
            }
        }
        if (device.Messages == 0) device.Raise(bench, 0);
        else if (device.Messages < capable) bench.NotTried($"messages {device.Messages} to {capable - 1}: the profile raises {device.Messages}");
    }
}
