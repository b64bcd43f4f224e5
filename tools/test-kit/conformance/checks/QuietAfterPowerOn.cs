using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class QuietAfterPowerOn() : ConformanceCheck(
    "quiet-after-power-on", "A function that was not enabled makes no request, enumeration included.", "7.5.1.1.3")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.ExpectSilence(Duration.FromMilliseconds(10));
        bench.Enumerate(command: 0);
        bench.ExpectSilence(Duration.FromMilliseconds(10));
    }
}
