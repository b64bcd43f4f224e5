using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class CompletionTags() : ConformanceCheck(
    "completion-tags", "Each of several requests in flight gets one completion, with its own tag.", "2.2.9, 2.3.2")
{
    private static readonly int[] Offsets = [ConfigLayout.VendorId, ConfigLayout.ClassRevision, ConfigLayout.CapabilitiesPointer, 0x2C];

    public override void Run(TestBench bench, DeviceProfile device)
    {
        var alone = Offsets.Select(offset => bench.Config.Read(offset)).ToList();
        var together = Offsets.Select(offset => bench.Begin(Tlp.Request(TlpKind.ConfigRead, (ulong)offset, 4), default)).ToList();
        for (var i = 0; i < Offsets.Length; i++)
        {
            var answer = bench.Await(together[i]);
            bench.Expect(answer.IsSuccessful,
                $"configuration read of 0x{Offsets[i]:X}, one of {Offsets.Length} in flight: expected its completion, "
                + $"got {bench.Describe(answer.Outcome)}");
            bench.Expect(answer.Value == alone[i],
                $"configuration read of 0x{Offsets[i]:X}, one of {Offsets.Length} in flight: expected 0x{alone[i]:X} as when alone, got "
                + $"0x{answer.Value:X}");
        }
        bench.Expect(bench.UnexpectedCompletions == 0,
            $"expected a completion for each request, got {bench.UnexpectedCompletions} that nobody waited for");
    }
}
