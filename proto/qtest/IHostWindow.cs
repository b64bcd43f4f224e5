using Pcie.Pci;
using Pcie.Pci.Memory;

namespace Pcie.Qtest;

/// <summary>Where a device's accesses to host memory come, one after the other, in the order in which it makes them; QEMU waits for each.</summary>
internal interface IHostWindow : IDisposable
{
    /// <summary>Where it takes messages.</summary>
    MessageTarget Messages { get; }

    /// <summary>Writes of its configuration space that put it in its place.</summary>
    IEnumerable<(int Offset, uint Value)> Placement { get; }

    /// <summary>Memory that the device reaches without coming here; null if it comes here for all of it.</summary>
    IHostMemoryBacking? Memory { get; }

    /// <summary>A file descriptor that ends a wait as well, when there is something to be read from it.</summary>
    int AlsoAwaited { set; }

    /// <summary>Whether a transaction has come, looked for now.</summary>
    bool HasMore { get; }

    /// <summary>Waits until something has come here, or an answer of qtest.</summary>
    /// <returns>Whether something has come here.</returns>
    bool Wait(TimeSpan timeout);

    /// <summary>Takes the device's next transaction, if it has come.</summary>
    /// <exception cref="QemuGoneException">None will.</exception>
    bool TryTake(out Tlp transaction);

    /// <summary>What a transaction carries; valid until the next one is taken.</summary>
    ReadOnlySpan<byte> PayloadOf(in Tlp transaction);

    /// <summary>Answers a read; what is not there reads as ones.</summary>
    void Answer(in Tlp read, ReadOnlySpan<byte> bytes);
}
