namespace Pcie.Pci.Memory;

/// <summary>Host memory that the device can reach: a range of bus addresses.</summary>
/// <param name="address">The first bus address, page-aligned.</param>
/// <param name="length">In bytes.</param>
public sealed class HostBuffer(ulong address, int length)
{
    private readonly byte[] bytes = new byte[length];

    /// <summary>What the device is told.</summary>
    public ulong Address => address;

    public int Length => length;

    /// <summary>What the processor sees.</summary>
    public Span<byte> Span => bytes;

    /// <summary>Told of every write from the bus; null for nobody.</summary>
    public IMemoryObserver? Observer { get; set; }
}
