using Pcie.Pci;

namespace Pcie.Qtest;

/// <summary>Where a device's accesses to host memory come, one after the other, in the order in which it makes them; QEMU waits for each.</summary>
internal interface IHostWindow : IDisposable
{
    /// <summary>Whether a transaction has come, looked for now.</summary>
    bool HasMore { get; }

    /// <summary>Waits until something has come here, or an answer of qtest.</summary>
    void Wait(TimeSpan timeout);

    /// <summary>Takes the device's next transaction, if it has come.</summary>
    /// <exception cref="QemuGoneException">None will.</exception>
    bool TryTake(out Tlp transaction);

    /// <summary>What a transaction carries; valid until the next one is taken.</summary>
    ReadOnlySpan<byte> PayloadOf(in Tlp transaction);

    /// <summary>Answers a read; what is not there reads as ones.</summary>
    void Answer(in Tlp read, ReadOnlySpan<byte> bytes);
}
