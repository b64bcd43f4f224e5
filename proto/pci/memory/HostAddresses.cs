namespace Pcie.Pci.Memory;

/// <summary>
/// The addresses of a host's memory that no buffer has yet: one for all its devices, so that no two have a buffer at the same place.
/// </summary>
public sealed class HostAddresses
{
    private const int Page = 4096;

    // Above 4 GiB, so that a device which forgets the upper half of an address is found out; for a device that drives fewer bits, from 16 MiB on.
    private ulong next = 0x1_0000_0000, nextLow = 0x100_0000;

    /// <summary>The address of so many bytes of their own pages, with an unmapped page behind them.</summary>
    internal ulong Take(int length, int addressWidth)
    {
        ref var place = ref addressWidth > 32 ? ref next : ref nextLow;
        var pages = (ulong)((length + (long)Page - 1) / Page + 1) * Page;
        if (addressWidth < 64) ArgumentOutOfRangeException.ThrowIfGreaterThan(place + pages, 1UL << addressWidth, nameof(addressWidth));
        var taken = place;
        place += pages;
        return taken;
    }
}
