using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class DataBeforeMessage() : ConformanceCheck(
    "data-before-message", "When a message arrives, the data that it announces is in host memory, whole.", "2.4.1, 6.1.4")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        MessageProgramming.EnableAny(bench);
        var isWhole = device.Stream(bench);
        bool? whole = null;
        bench.MessageArrived += _ => whole ??= isWhole();
        bench.NextMessage(within: device.StreamTime);
        bench.Expect(whole == true, "expected the data to be in host memory when its message arrived, it was not, or not whole");
    }
}
