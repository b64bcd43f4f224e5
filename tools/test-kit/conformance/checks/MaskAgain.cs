using Pcie.Pci.Messages;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class MaskAgain() : ConformanceCheck(
    "mask-again", "A message that went when it was unmasked is over: to mask and unmask once more, without another raise, sends nothing.",
        "6.1.4.5, 7.7.1.7, 7.7.2.8")
{
    private const int VectorControl = 12;
    private static readonly Duration Soon = Duration.FromMilliseconds(1), Long = Duration.FromMilliseconds(10);

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        MessageProgramming.WithEach(bench, kind =>
        {
            var mask = Mask(bench, kind);
            bench.Step($"{MessageProgramming.NameOf(kind)} message 0 is masked, raised and unmasked");
            mask(true);
            device.Raise(bench, 0);
            mask(false);
            bench.ExpectMessage(0, within: Soon);
            for (var time = 1; time <= 3; time++)
            {
                bench.Step($"{MessageProgramming.NameOf(kind)} message 0 is masked and unmasked without a raise, for the {time}. time");
                mask(true);
                bench.ExpectNoMessage(Soon);
                mask(false);
                bench.ExpectNoMessage(Long);
            }
        });
    }

    private static Action<bool> Mask(TestBench bench, MessageKind kind)
    {
        if (kind == MessageKind.Msi)
        {
            var at = MessageProgramming.MsiMask(bench.Config);
            return isMasked => bench.Config.Write(at, isMasked ? 1u : 0);
        }
        var (table, _, _) = MessageProgramming.Msix(bench);
        return isMasked =>
        {
            bench.WriteMemory(table + VectorControl, isMasked ? 1u : 0, 4);
            // Posted, so that only what is read behind it says that it is there.
            bench.ReadMemory(table + VectorControl, 4);
        };
    }
}
