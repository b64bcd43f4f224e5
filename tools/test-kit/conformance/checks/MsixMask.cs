using Pcie.Pci.Messages;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class MsixMask() : ConformanceCheck(
    "msix-mask", "A masked entry sets its pending bit, goes once when it is unmasked, and is not pending after.", "6.1.4.5, 7.7.2.8")
{
    private const int VectorControl = 12;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        bench.EnableMessages(MessageKind.MsiX, 1);
        var (table, pending, entries) = MessageProgramming.Msix(bench);
        if (entries > 1) bench.NotTried($"entries 1 to {entries - 1}");
        bench.Step("entry 0 is masked, and raised twice");
        bench.WriteMemory(table + VectorControl, 1, 4);
        device.Raise(bench, 0);
        device.Raise(bench, 0);
        bench.ExpectNoMessage(Duration.FromMilliseconds(1));
        ExpectPending(1);
        bench.Step("entry 0 is unmasked");
        bench.WriteMemory(table + VectorControl, 0, 4);
        bench.ExpectMessage(0, within: Duration.FromMilliseconds(1));
        bench.ExpectNoMessage(Duration.FromMilliseconds(10));
        ExpectPending(0);

        void ExpectPending(ulong expected)
        {
            var read = bench.ReadMemory(pending, 4).Value & 1;
            bench.Expect(read == expected, $"MSI-X pending bit 0: expected {expected}, read {read}");
        }
    }
}
