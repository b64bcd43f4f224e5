using Pcie.Pci.Memory;

namespace Pcie.Foreign;

/// <summary>
/// A PCI function that is reached by a protocol of others. Its accesses come one after the other, the next when the one before is done. What it does
/// by itself, it does through its <see cref="ForeignPort"/>.
/// </summary>
/// <remarks>
/// A task is completed on the engine's thread: at once, or when something has come that the access waits for. An <see cref="IOException"/> of any
/// member, or one given to <see cref="ForeignPort.Fail"/>, ends the link; its text says what to do.
/// </remarks>
public interface IForeignFunction : IDisposable
{
    /// <summary>Memory that the function reaches by itself; null if its accesses come through its port.</summary>
    IHostMemoryBacking? Memory => null;

    /// <summary>Reads; bytes that are not there read as ones.</summary>
    ValueTask<ulong> ReadAsync(ForeignAccess access);

    /// <summary>Writes, and returns when the function has it.</summary>
    ValueTask WriteAsync(ForeignAccess access, ulong value);
}
