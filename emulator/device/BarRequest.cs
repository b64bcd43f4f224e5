namespace Pcie.Emulator.Device;

/// <summary>
/// A block of bus addresses that a card asks for. A plain number stands for a 32-bit BAR of so many bytes; 0 for none.
/// </summary>
/// <param name="Size">Bytes: a power of two from 16 to 2 GiB, or 0 for a BAR that is not there.</param>
/// <param name="Is64Bit">Whether it may lie anywhere in 64 bits; it takes the next BAR's place too.</param>
/// <param name="IsPrefetchable">Whether reading it has no side effects, so that a bridge may read ahead.</param>
public readonly record struct BarRequest(uint Size, bool Is64Bit = false, bool IsPrefetchable = false)
{
    public static implicit operator BarRequest(uint size) => new(size);
}
