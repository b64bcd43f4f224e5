using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class ReadAfterWrite() : ConformanceCheck(
    "read-after-write", "A read does not pass the posted write before it: it sees what was written.", "2.4.1")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        var scratch = device.Scratch
            ?? throw new NotApplicableException($"the kit knows no register of {device.Name} that keeps what is written and does nothing");
        bench.Enumerate();
        for (var bit = 0; bit < 32; bit++)
        {
            bench.Write(scratch, 1u << bit);
            bench.Expect(scratch, 1u << bit);
        }
    }
}
