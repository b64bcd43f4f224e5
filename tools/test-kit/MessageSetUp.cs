using System.Numerics;
using Pcie.Pci.Messages;

namespace Pcie.TestKit;

/// <summary>Programs MSI or MSI-X so that message n writes a number of its own to the address of processor 0.</summary>
internal static class MessageSetUp
{
    private const int TableEntry = 16;
    private const uint MsixEnable = 1 << 15, MsixFunctionMask = 1 << 14;

    public static void Enable(TestBench bench, MessageKind kind, int count, byte firstVector)
    {
        if (kind == MessageKind.MsiX) EnableMsix(bench, count, firstVector);
        else EnableMsi(bench, count, firstVector);
    }

    /// <summary>Where the mask bits of MSI are; the pending bits are behind them.</summary>
    /// <exception cref="NotApplicableException">The function cannot mask its messages.</exception>
    public static int MsiMask(ConfigSpace config)
    {
        var at = config.Find(PciOffset.Msi, "MSI");
        var control = config.Read(at + PciOffset.MessageControl, 2);
        if ((control & 1 << 8) == 0) throw new NotApplicableException("MSI of this function has no mask bits");
        return at + ((control & 1 << 7) != 0 ? 0x10 : 0x0C);
    }

    /// <summary>Bus address of the MSI-X table, of the pending bits, and the number of entries.</summary>
    public static (ulong Table, ulong Pending, int Entries) Msix(TestBench bench)
    {
        var at = bench.Config.Find(PciOffset.Msix, "MSI-X");
        var entries = (int)(bench.Config.Read(at + PciOffset.MessageControl, 2) & 0x7FF) + 1;
        return (Place(bench.Config.Read(at + 4)), Place(bench.Config.Read(at + 8)), entries);

        ulong Place(uint register) => bench.BarOf((int)(register & 7)).Address + (register & ~7u);
    }

    // 7.7.1: while disabled, then with the grant.
    private static void EnableMsi(TestBench bench, int count, byte firstVector)
    {
        var config = bench.Config;
        var at = config.Find(PciOffset.Msi, "MSI");
        var control = config.Read(at + PciOffset.MessageControl, 2);
        var capable = 1 << (int)(control >> 1 & 7);
        if (count > capable) throw new NotApplicableException($"the function has {capable} MSI messages, {count} are asked for");
        var is64Bit = (control & 1 << 7) != 0;
        var data = at + (is64Bit ? 0xC : 8);
        config.Write(at + PciOffset.MessageControl, control & ~1u, 2);
        config.Write(at + 4, MsiAddress.Of(0));
        if (is64Bit) config.Write(at + 8, 0);
        config.Write(data, firstVector, 2);
        if ((control & 1 << 8) != 0) config.Write(data + 4, 0);
        config.Write(at + PciOffset.MessageControl, control & ~0x70u | (uint)BitOperations.Log2((uint)count) << 4 | 1, 2);
    }

    // 6.1.4.2: under the function mask, so that no entry fires half written.
    private static void EnableMsix(TestBench bench, int count, byte firstVector)
    {
        var at = bench.Config.Find(PciOffset.Msix, "MSI-X") + PciOffset.MessageControl;
        var (table, _, entries) = Msix(bench);
        if (count > entries) throw new NotApplicableException($"the function has {entries} MSI-X messages, {count} are asked for");
        bench.Config.Write(at, MsixEnable | MsixFunctionMask, 2);
        for (var entry = 0; entry < count; entry++)
        {
            var place = table + (ulong)entry * TableEntry;
            bench.WriteMemory(place, MsiAddress.Of(0), 4);
            bench.WriteMemory(place + 4, 0, 4);
            bench.WriteMemory(place + 8, firstVector + (uint)entry, 4);
            bench.WriteMemory(place + 12, 0, 4);
        }
        bench.Config.Write(at, MsixEnable, 2);
    }
}
