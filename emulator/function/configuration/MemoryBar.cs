using System.Numerics;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Function.Configuration;

/// <summary>
/// A memory BAR of 32 or 64 bits (PCI Express Base Specification 7.5.1.2.1). Sizing needs no code: the bits below its size are
/// read only and zero, so that all-ones read back as the size. What is written counts at once, decoding or not: a BAR that is
/// moved while it decodes answers at the new address from then on, and a 64-bit one between its two writes at the address of one
/// old and one new half.
/// </summary>
internal sealed class MemoryBar
{
    private const uint TypeBits = 0xF;
    private const uint SmallestSize = 16;

    private readonly Register low;
    private readonly Register? high;

    /// <exception cref="ArgumentException">The size is no power of two from 16 to 2 GiB.</exception>
    public MemoryBar(int number, BarRequest request)
    {
        if (!BitOperations.IsPow2(request.Size) || request.Size < SmallestSize)
            throw new ArgumentException(
                $"BAR{number} is to have {request.Size} bytes; expected a power of two from 16 to 2147483648.");
        Number = number;
        Size = request.Size;
        var bits = BitOperations.Log2(Size);
        low = new Register($"BAR{number}", OffsetOf(number), "Bus address of a block of registers")
            .Flag(0, "SPACE", RO, "0: memory")
            .Field(1, 2, "TYPE", RO, "0: 32-bit, 2: 64-bit", request.Is64Bit ? 2u : 0)
            .Flag(3, "PREFETCHABLE", RO, "0: reading has side effects", request.IsPrefetchable);
        if (bits > 4) low.Field(4, bits - 4, "SIZE", RO, "zero, so that all-ones read back as the size");
        low.Field(bits, 32 - bits, "BASE", RW, "bus address");
        if (request.Is64Bit)
            high = new Register($"BAR{number + 1}", OffsetOf(number + 1), $"Bits 63..32 of BAR{number}")
                .Field(0, 32, "BASE", RW, "bus address");
    }

    public int Number { get; }

    /// <summary>In bytes.</summary>
    public uint Size { get; }

    public IReadOnlyList<Register> Registers => high is null ? [low] : [low, high];

    /// <summary>Whether it decodes a bus address, and at which offset.</summary>
    public bool Decodes(ulong address, out uint offset)
    {
        var distance = address - ((ulong)(high?.Value ?? 0) << 32 | low.Value & ~TypeBits);
        offset = (uint)distance;
        return distance < Size;
    }

    /// <summary>The register of a BAR that is not there.</summary>
    public static Register Absent(int number) =>
        new Register($"BAR{number}", OffsetOf(number), "Not there").Field(0, 32, "ABSENT", RO, "no such BAR");

    private static uint OffsetOf(int number) => ConfigOffset.Bar0 + 4 * (uint)number;
}
