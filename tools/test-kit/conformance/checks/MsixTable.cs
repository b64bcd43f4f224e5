using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class MsixTable() : ConformanceCheck(
    "msix-table", "Table and pending bits lie within a BAR; every entry is masked after power-on, and keeps address and data.", "7.7.2")
{
    private const int Entry = 16;

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate();
        var (table, pending, entries) = MessageProgramming.Msix(bench);
        Within(table, (ulong)entries * Entry, "table");
        Within(pending, (ulong)(entries + 63) / 64 * 8, "pending bits");
        for (var entry = 0; entry < entries; entry++)
        {
            var at = table + (ulong)(entry * Entry);
            Expect(at + 12, 1, $"entry {entry}, Vector Control: masked");
            bench.WriteMemory(at, 0xFEE0_0004, 4);
            bench.WriteMemory(at + 4, (uint)entry, 4);
            bench.WriteMemory(at + 8, (uint)~entry, 4);
        }
        for (var entry = 0; entry < entries; entry++)
        {
            var at = table + (ulong)(entry * Entry);
            Expect(at, 0xFEE0_0004, $"entry {entry}, Message Address");
            Expect(at + 4, (uint)entry, $"entry {entry}, Message Upper Address");
            Expect(at + 8, (uint)~entry, $"entry {entry}, Message Data");
        }

        void Within(ulong at, ulong length, string what) => bench.Expect(
            bench.Bars.Any(bar => at >= bar.Address && at + length <= bar.Address + bar.Size),
                $"MSI-X {what}: expected within a BAR, is at 0x{at:X}, {length} bytes");

        void Expect(ulong at, uint expected, string what)
        {
            var read = bench.ReadMemory(at, 4);
            bench.Expect(read.IsSuccessful && (uint)read.Value == expected, $"MSI-X {what}: expected 0x{expected:X}, read 0x{read.Value:X}");
        }
    }
}
