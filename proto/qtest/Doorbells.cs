using System.Buffers.Binary;
using System.Net.Sockets;
using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.Pci.Memory;

namespace Pcie.Qtest;

/// <summary>
/// A card in an older QEMU that takes the messages of the device under test: QEMU's ivshmem-doorbell, whose server and only peer this is. What is
/// written to its doorbell is a number, and raises the counter of that number here, as often as it comes. Host memory is the machine's own.
/// </summary>
/// <remarks>Taking messages allocates nothing.</remarks>
internal sealed class Doorbells : IHostWindow
{
    /// <summary>Numbers that it has: 32 messages of MSI, and entries of MSI-X.</summary>
    public const int Count = MsixData + 96;

    private const int MsixData = 32;

    // Its BAR 0, and in it the doorbell: the peer's number in the upper half of what is written, which is 0.
    private const uint Place = 0xFEB0_0000, Doorbell = Place + 12;

    // Of the server's protocol (QEMU, docs/specs/ivshmem-spec): version, whose number the client has, whose the peer.
    private const long Version = 0, Client = 1, Peer = 0, SharedMemory = -1, SharedBytes = 4096;

    private readonly EventCounter[] counters = [.. Enumerable.Range(0, Count).Select(_ => new EventCounter())];
    private readonly Socket qemu;
    private readonly GuestRam memory;
    private readonly EventWaiter waiter;
    private readonly byte[] payload = new byte[sizeof(uint)];
    private int ready = -1;
    private ulong left;

    /// <param name="qemu">QEMU, which has just connected; it is this one's from now on, as memory is.</param>
    public Doorbells(Socket qemu, GuestRam memory)
    {
        (this.qemu, this.memory) = (qemu, memory);
        Native.Send(qemu, Version, null);
        Native.Send(qemu, Client, null);
        // Which is nobody's to use here.
        using (var shared = File.Create(Path.GetTempFileName(), bufferSize: 0, FileOptions.DeleteOnClose))
        {
            shared.SetLength(SharedBytes);
            Native.Send(qemu, SharedMemory, (int)shared.SafeFileHandle.DangerousGetHandle());
        }
        foreach (var counter in counters) Native.Send(qemu, Peer, counter.Number);
        // Its own, which nobody rings.
        using var none = new EventCounter();
        for (var i = 0; i < Count; i++) Native.Send(qemu, Client, none.Number);
        waiter = new EventWaiter([.. counters.Select(counter => counter.Number)]);
    }

    /// <inheritdoc/>
    public MessageTarget Messages => new(Doorbell, 0, Doorbell, MsixData);

    /// <inheritdoc/>
    public IHostMemoryBacking Memory => memory;

    /// <inheritdoc/>
    public IEnumerable<(int Offset, uint Value)> Placement => [(ConfigLayout.Bar0, Place), (ConfigLayout.Command, ConfigLayout.MemorySpace)];

    /// <inheritdoc/>
    public int AlsoAwaited
    {
        set => waiter.Also = value;
    }

    /// <inheritdoc/>
    public bool HasMore => left > 0 || Look(TimeSpan.Zero);

    /// <inheritdoc/>
    public bool Wait(TimeSpan timeout) => left > 0 || Look(timeout);

    /// <inheritdoc/>
    public bool TryTake(out Tlp transaction)
    {
        transaction = default;
        if (!HasMore) return false;
        left--;
        BinaryPrimitives.WriteInt32LittleEndian(payload, ready);
        transaction = Tlp.Request(TlpKind.MemoryWrite, Doorbell, sizeof(uint));
        return true;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> PayloadOf(in Tlp transaction) => payload;

    /// <inheritdoc/>
    public void Answer(in Tlp read, ReadOnlySpan<byte> bytes) => throw new NotSupportedException("Memory is read without coming here.");

    public void Dispose()
    {
        waiter.Dispose();
        foreach (var counter in counters) counter.Dispose();
        qemu.Dispose();
        memory.Dispose();
    }

    private bool Look(TimeSpan timeout)
    {
        if (waiter.Wait(timeout) is not (>= 0 and var number)) return false;
        (ready, left) = (number, counters[number].Take());
        return left > 0;
    }
}
