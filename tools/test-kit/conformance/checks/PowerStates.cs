using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class PowerStates() : ConformanceCheck(
    "power-states", "In D3hot the function takes configuration requests alone; back in D0 it is as its No_Soft_Reset says.", "5.3.1.4.1, 7.5.2.2")
{
    private const uint D3Hot = 3, NoSoftReset = 1 << 3;

    // 5.9: what software waits after a change of state.
    private static readonly Duration Recovery = Duration.FromMilliseconds(10);

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        var control = bench.Config.Find(CapabilityId.PowerManagement, "Power Management") + PowerManagementLayout.Control;
        bench.Config.Write(control, D3Hot, 2);
        bench.Wait(Recovery);
        bench.Expect((bench.Config.Read(control, 2) & 3) == D3Hot, "PowerState: expected D3hot");
        foreach (var bar in bench.Bars) bench.ExpectOutcome(RequestOutcome.UnsupportedRequest, bar.Address, 4);
        var keeps = (bench.Config.Read(control, 2) & NoSoftReset) != 0;
        bench.Config.Write(control, 0, 2);
        bench.Wait(Recovery);
        bench.Config.Expect(ConfigLayout.Command, keeps ? (uint)(ConfigLayout.MemorySpace | ConfigLayout.BusMaster) : 0, "Command, back in D0", 2);
    }
}
