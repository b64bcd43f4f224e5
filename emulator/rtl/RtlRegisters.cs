using System.Numerics;
using Pcie.Emulator.Maps;
using Pcie.Emulator.Registers;
using Pcie.Registers;
using Pcie.Registers.Layout;

namespace Pcie.Emulator.Rtl;

/// <summary>Names for the registers of an RTL card, for whoever looks in from behind; the registers themselves are in the logic.</summary>
internal static class RtlRegisters
{
    private const uint SmallestFile = 4;

    /// <param name="map">Null for a card without names.</param>
    /// <param name="read">Reads a DW of a BAR.</param>
    /// <param name="write">Writes one.</param>
    /// <returns>By BAR; null where none is named, but BAR 0 always has a file.</returns>
    public static RegisterFile?[] Of(RtlConfig config, DeviceMap? map, Func<int, uint, uint> read, Action<int, uint, uint> write)
    {
        var files = new RegisterFile?[6];
        foreach (var block in map?.Bars ?? [])
        {
            var bar = block.Bar!.Value;
            if (bar >= config.Bars.Count || block.Size > config.Bars[bar].Size)
                throw new InvalidDataException($"{block.Name} reaches up to 0x{block.Size:X}; the card's bars have less in BAR {bar}.");
            files[bar] = new RegisterFile(BitOperations.RoundUpToPowerOf2((uint)block.Size), DwordLayout.Of(block).Select(register =>
            {
                var named = MapCard.Declared(register);
                return named.HasReadEffect ? named
                    : named.Mirrors(() => read(bar, register.Offset), value => write(bar, register.Offset, value));
            })) { Name = $"BAR {bar}" };
        }
        files[0] ??= new RegisterFile(SmallestFile);
        return files;
    }
}
