namespace Pcie.Vfio;

/// <summary>What the messages of a function rest on: its configuration space, and the kernel that counts them.</summary>
internal interface IMessageSource
{
    /// <summary>Reads 1, 2 or 4 bytes of configuration space, naturally aligned.</summary>
    /// <exception cref="IOException">The device is gone.</exception>
    uint ReadConfig(int offset, int bytes);

    /// <summary>Finds a capability.</summary>
    /// <returns>Its offset; 0 if there is none.</returns>
    int Find(byte id);

    /// <summary>Has the kernel count interrupts of a kind, from the first on; none before are counted any more.</summary>
    /// <returns>How many it counts: fewer if the machine has not as many vectors.</returns>
    /// <exception cref="IOException">It counts none.</exception>
    int Connect(int kind, IReadOnlyList<FileDescriptor> counters);

    /// <summary>Has the kernel count none of a kind any more, and the device send none.</summary>
    void Disconnect(int kind);
}
