using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class BackToBack() : ConformanceCheck(
    "back-to-back", "Two raises with nothing between them send one message or two, and do not keep later ones from being sent.", "6.1.4, 7.7.1.2")
{
    private const int Rounds = 3;
    private static readonly Duration Soon = Duration.FromMilliseconds(1), Long = Duration.FromMilliseconds(10);

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        MessageProgramming.WithEach(bench, kind =>
        {
            for (var round = 1; round <= Rounds; round++)
            {
                bench.Step($"{MessageProgramming.NameOf(kind)} message 0 is raised twice, with nothing between ({round} of {Rounds})");
                device.Raise(bench, 0);
                device.Raise(bench, 0);
                bench.ExpectMessage(0, within: Soon);
                if (bench.MessageWithin(Long) is not null) bench.ExpectNoMessage(Long);
                bench.Step($"{MessageProgramming.NameOf(kind)} message 0 is raised once, after two that were back to back ({round} of {Rounds})");
                device.Raise(bench, 0);
                bench.ExpectMessage(0, within: Soon);
                bench.ExpectNoMessage(Long);
            }
        });
    }
}
