using System.Numerics;

namespace Pcie.Pci.Config;

/// <summary>What a base address register says of itself (PCI Express Base Specification 7.5.1.2.1).</summary>
public static class BarValue
{
    private const uint TypeBits = 0xF;

    /// <summary>Written to a BAR, the address bits that read back as one give its size.</summary>
    public const uint Sizing = uint.MaxValue;

    /// <summary>Whether it is one of I/O space, which a PCI Express device need not be given.</summary>
    public static bool IsIo(uint low) => (low & 1) != 0;

    /// <summary>Whether the next register is its upper half.</summary>
    public static bool Is64Bit(uint low) => (low & 0b111) == 0b100;

    /// <summary>The address of a memory BAR.</summary>
    /// <param name="high">The upper half; 0 if it has none.</param>
    public static ulong Address(uint low, uint high = 0) => (ulong)high << 32 | low & ~TypeBits;

    /// <summary>The address bits that can be written.</summary>
    /// <param name="low">What was read after <see cref="Sizing"/> was written.</param>
    /// <param name="high">The same of the upper half; null if it has none.</param>
    public static ulong Writable(uint low, uint? high = null) => Address(low, high ?? uint.MaxValue);

    /// <summary>
    /// Bytes that it decodes: the lowest bit that can be written, so that a device which
    /// leaves holes above it still gets a power of two. 0 for no BAR.
    /// </summary>
    public static ulong Size(ulong writable) => writable == 0 ? 0 : 1UL << BitOperations.TrailingZeroCount(writable);
}
