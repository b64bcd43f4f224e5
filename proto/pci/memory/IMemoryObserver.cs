namespace Pcie.Pci.Memory;

/// <summary>
/// Sees what the bus writes into a buffer, as a logic analyser would: after the write, at its time, changing nothing.
/// </summary>
public interface IMemoryObserver
{
    /// <param name="offset">In bytes from the buffer's start.</param>
    /// <param name="length">In bytes.</param>
    void Written(int offset, int length);
}
