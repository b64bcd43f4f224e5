namespace Pcie.Pci.Memory;

/// <summary>Host memory that the device can reach: a range of bus addresses.</summary>
/// <param name="address">The first bus address, page-aligned.</param>
/// <param name="length">In bytes.</param>
/// <param name="provided">Where it lies, if the device reaches it by itself; null for memory of this process that TLPs are written to.</param>
public sealed class HostBuffer(ulong address, int length, Memory<byte>? provided = null)
{
    private readonly byte[]? bytes = provided is null ? new byte[length] : null;
    private readonly Memory<byte> provided = provided ?? default;

    /// <summary>What the device is told.</summary>
    public ulong Address => address;

    public int Length => length;

    /// <summary>What the processor sees.</summary>
    public Span<byte> Span => bytes ?? provided.Span;

    /// <summary>Told of every write from the bus; null for nobody. What a device writes by itself is told to nobody.</summary>
    public IMemoryObserver? Observer { get; set; }
}
