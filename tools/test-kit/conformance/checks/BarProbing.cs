using Pcie.Pci.Config;
using Pcie.TestKit.Devices;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class BarProbing() : ConformanceCheck(
    "bar-probing", "A BAR that is probed with all-ones of any kind reads back one size, and has its address again when that is written back.",
        "7.5.1.2.1, 7.5.1.2.4")
{
    private const int RomAddress = 11;

    // Systems differ in the bits that are not of the address: some write them as they were, some as zero.
    private static readonly uint[] OfMemory = [0xFFFF_FFFF, 0xFFFF_FFF0, 0xFFFF_FFFE], OfIo = [0xFFFF_FFFF, 0xFFFF_FFFC, 0xFFFF_FFFE],
        OfRom = [0xFFFF_FFFF, 0xFFFF_F800, 0xFFFF_FFFE];

    public override void Run(TestBench bench, DeviceProfile device)
    {
        bench.Enumerate(0);
        foreach (var bar in bench.Bars)
        {
            var at = ConfigLayout.Bar0 + 4 * bar.Number;
            Probe(bench, $"BAR {bar.Number}", at, OfMemory, 0xF);
            if (!bar.Is64Bit) continue;
            Probe(bench, $"BAR {bar.Number}, upper half", at + 4, [0xFFFF_FFFF], 0);
            ProbeBoth(bench, bar, at);
        }
        foreach (var bar in bench.IoBars) Probe(bench, $"BAR {bar} of I/O space", ConfigLayout.Bar0 + 4 * bar, OfIo, 0x3);
        if (Sized(bench, ConfigLayout.ExpansionRom, 0xFFFF_F800) != 0)
            Probe(bench, "expansion ROM", ConfigLayout.ExpansionRom, OfRom, (1u << RomAddress) - 1);
        else bench.NotTried("the expansion ROM: there is none");
        if (bench.IoBars.Count == 0) bench.NotTried("BARs of I/O space: there is none");
        if (bench.Bars.All(bar => !bar.Is64Bit)) bench.NotTried("BARs of 64 bits: there is none");
        if (bench.Bars.Count == 0 && bench.IoBars.Count == 0) throw new NotApplicableException("the function has no BAR");
    }

    /// <param name="attributes">Bits that are not of the address: a probe may set those of them that can be written.</param>
    private static void Probe(TestBench bench, string name, int at, uint[] kinds, uint attributes)
    {
        var (before, expected) = (bench.Config.Read(at), (uint?)null);
        foreach (var ones in kinds)
        {
            bench.Step($"{name} is probed with 0x{ones:X8}");
            var sized = Sized(bench, at, ones) & ~attributes;
            expected ??= sized;
            bench.Expect(sized == expected, $"{name}: expected to read back 0x{expected:X8} as after 0x{kinds[0]:X8}, reads 0x{sized:X8}");
            bench.Config.Expect(at, before, $"{name}, written back as it was");
        }
    }

    // Both halves before either is read back, as firmware does.
    private static void ProbeBoth(TestBench bench, Bar bar, int at)
    {
        var name = $"BAR {bar.Number}, both halves";
        var before = (Low: bench.Config.Read(at), High: bench.Config.Read(at + 4));
        bench.Step($"{name} are probed at once");
        bench.Config.Write(at, 0xFFFF_FFFF);
        bench.Config.Write(at + 4, 0xFFFF_FFFF);
        var size = BarValue.Size(BarValue.Writable(bench.Config.Read(at), bench.Config.Read(at + 4)));
        bench.Expect(size == bar.Size, $"{name}: expected a size of 0x{bar.Size:X} as one after the other, read 0x{size:X}");
        bench.Config.Write(at, before.Low);
        bench.Config.Write(at + 4, before.High);
        bench.Config.Expect(at, before.Low, $"{name}, the lower written back");
        bench.Config.Expect(at + 4, before.High, $"{name}, the upper written back");
    }

    private static uint Sized(TestBench bench, int at, uint ones)
    {
        var before = bench.Config.Read(at);
        bench.Config.Write(at, ones);
        var sized = bench.Config.Read(at);
        bench.Config.Write(at, before);
        return sized;
    }
}
