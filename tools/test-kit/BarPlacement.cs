using Pcie.Pci.Config;

namespace Pcie.TestKit;

/// <summary>Finds out which BARs a function has, and where they can lie (PCI Express Base Specification 7.5.1.2.1).</summary>
internal static class BarPlacement
{
    private const ulong Below4G = 0xC000_0000;
    private const ulong Above4G = 0x20_0000_0000;

    /// <summary>Sizes with decoding off, and leaves the registers as they were.</summary>
    public static (IReadOnlyList<Bar> Bars, IReadOnlyList<int> Io) Of(TestBench bench)
    {
        var config = bench.Config;
        config.Write(ConfigLayout.Command, 0, 2);
        var (bars, io) = (new List<Bar>(), new List<int>());
        var (low, high) = (Below4G, Above4G);
        for (var number = 0; number < ConfigLayout.Bars; number++)
        {
            var mask = Sized(config, number);
            if (mask == 0) continue;
            if (BarValue.IsIo(mask))
            {
                io.Add(number);
                continue;
            }
            var is64Bit = BarValue.Is64Bit(mask);
            bench.Expect(!is64Bit || number < ConfigLayout.Bars - 1, "BAR 5: expected a 32-bit one, says that it has an upper half");
            var writable = BarValue.Writable(mask, is64Bit ? Sized(config, number + 1) : null);
            var size = BarValue.Size(writable);
            bench.Expect(writable == ~(size - 1), $"BAR {number}: expected writable bits from some bit to the top, has 0x{writable:X}");
            ref var next = ref is64Bit ? ref high : ref low;
            next = (next + size - 1) & ~(size - 1);
            bars.Add(new Bar(number, next, size, is64Bit));
            next += 2 * size;
            if (is64Bit) number++;
        }
        return (bars, io);
    }

    private static uint Sized(ConfigSpace config, int number)
    {
        var at = ConfigLayout.Bar0 + 4 * number;
        var before = config.Read(at);
        config.Write(at, BarValue.Sizing);
        var mask = config.Read(at);
        config.Write(at, before);
        return mask;
    }
}
