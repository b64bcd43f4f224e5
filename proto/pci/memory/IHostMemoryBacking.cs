namespace Pcie.Pci.Memory;

/// <summary>Memory for a device that reaches it by itself, past the link: what is allocated for it lies where it can.</summary>
public interface IHostMemoryBacking
{
    /// <summary>Zeroed memory that the device reaches from now on.</summary>
    /// <param name="address">The first bus address, page-aligned; no memory that was provided before lies there.</param>
    /// <param name="length">In bytes.</param>
    /// <exception cref="IOException">It cannot; the text says what to do.</exception>
    Memory<byte> Provide(ulong address, int length);
}
