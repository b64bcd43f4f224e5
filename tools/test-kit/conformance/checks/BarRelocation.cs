using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class BarRelocation() : ConformanceCheck(
    "bar-relocation", "A BAR that is moved while Memory Space is off answers at its new address only.", "7.5.1.2.1, 2.3.1")
{
    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        var bar = bench.Bars.Count > 0 ? bench.Bars[0] : throw new NotApplicableException("the function has no BAR");
        if (bench.Bars.Count > 1) bench.NotTried($"BARs other than BAR {bar.Number}");
        bench.ExpectOutcome(RequestOutcome.Successful, bar.Address, 4);
        var moved = bar with { Address = bar.Address + 16 * bar.Size };
        bench.Config.Write(ConfigLayout.Command, 0, 2);
        bench.Place(moved);
        bench.Config.Write(ConfigLayout.Command, ConfigLayout.MemorySpace, 2);
        bench.ExpectOutcome(RequestOutcome.Successful, moved.Address, 4);
        bench.ExpectOutcome(RequestOutcome.UnsupportedRequest, bar.Address, 4);
    }
}
