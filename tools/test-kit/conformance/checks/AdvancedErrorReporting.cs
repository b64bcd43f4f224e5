using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class AdvancedErrorReporting() : ConformanceCheck(
    "advanced-error-reporting",
        "An unsupported request is recorded with its header in Advanced Error Reporting, and stays through a function-level reset.",
        "6.2.4, 7.8.4, 6.6.2")
{
    private const uint UnsupportedRequest = 1 << 20;
    private const uint Address = 0x4000_0040;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        var at = bench.Config.FindExtended(CapabilityId.AdvancedErrors, "Advanced Error Reporting");
        bench.Enumerate(ConfigLayout.MemorySpace);
        // A write: a read would be an advisory error, which is not recorded here while it is masked (6.2.3.2.4.1).
        bench.WriteMemory(Address, 0, 4);
        Expect("after a write that nobody decodes", true);
        // 2.2.7: of a request with 32-bit addresses, the third DW of the header is the address.
        bench.Config.Expect(at + AdvancedErrorsLayout.HeaderLog + 8, Address, "Header Log, third DW: the address of the refused request");
        if (FunctionLevelReset.TryInitiate(bench)) Expect("after a function-level reset: the bit is sticky", true);
        bench.Config.Write(at + AdvancedErrorsLayout.UncorrectableStatus, UnsupportedRequest);
        Expect("after 1 was written to it", false);

        void Expect(string when, bool set) => bench.Expect(
            (bench.Config.Read(at + AdvancedErrorsLayout.UncorrectableStatus) & UnsupportedRequest) != 0 == set,
            $"Unsupported Request in Uncorrectable Error Status {when}: expected {(set ? 1 : 0)}");
    }
}
