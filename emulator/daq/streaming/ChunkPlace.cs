using Pcie.Daq;
using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Device;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>Where in host memory a chunk goes: a slot, or the pieces that some descriptors name, filled one after the other.</summary>
/// <remarks>Made once and used again.</remarks>
internal sealed class ChunkPlace
{
    private readonly Piece[] pieces = new Piece[Descriptor.MaxPerChunk];

    /// <summary>Bytes of all pieces.</summary>
    public ulong Capacity { get; private set; }

    /// <summary>Bus address of the first byte.</summary>
    public ulong Address => pieces[0].Memory.Address;

    /// <summary>Pieces it is made of.</summary>
    public int Count { get; private set; }

    /// <summary>Whether one of the descriptors asks for DATA_READY.</summary>
    public bool Interrupts { get; private set; }

    public void Clear() => (Count, Capacity, Interrupts) = (0, 0, false);

    /// <summary>One slot of memory, without a descriptor.</summary>
    public void SetSlot(ulong address, uint length)
    {
        Clear();
        Add(0, new Descriptor(address, length, DescriptorFlags.Interrupt, 0));
    }

    /// <param name="at">Bus address of the descriptor.</param>
    public void Add(ulong at, in Descriptor descriptor)
    {
        pieces[Count++] = new Piece(at, descriptor);
        Capacity += descriptor.Length;
        Interrupts |= (descriptor.Flags & DescriptorFlags.Interrupt) != 0;
    }

    /// <summary>Writes bytes from the beginning of the place on.</summary>
    /// <returns>False if bus mastering is off.</returns>
    public bool Write(IDevicePort port, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; bytes.Length > 0; i++)
        {
            var memory = pieces[i].Memory;
            var part = (int)Math.Min((uint)bytes.Length, memory.Length);
            if (!port.WriteHost(memory.Address, bytes[..part])) return false;
            bytes = bytes[part..];
        }
        return true;
    }

    /// <summary>Writes each descriptor back: bytes filled, Owned cleared.</summary>
    /// <inheritdoc cref="Write" path="/returns"/>
    public bool WriteBack(IDevicePort port, int filled)
    {
        Span<byte> bytes = stackalloc byte[Descriptor.WriteBackSize];
        for (var i = 0; i < Count; i++)
        {
            var (at, memory) = pieces[i];
            var part = Math.Min((uint)filled, memory.Length);
            filled -= (int)part;
            Descriptor.WriteBack(bytes, part, memory.Flags & ~DescriptorFlags.Owned);
            if (!port.WriteHost(at + Descriptor.WriteBackOffset, bytes)) return false;
        }
        return true;
    }

    /// <summary>TLPs that a bus would carry for so many bytes from the beginning of the place on.</summary>
    public int TlpsOf(int length, int maxPayloadSize)
    {
        var tlps = 0;
        for (var i = 0; length > 0; i++)
        {
            var memory = pieces[i].Memory;
            var part = (int)Math.Min((uint)length, memory.Length);
            tlps += TlpSplit.CountOf(memory.Address, part, maxPayloadSize);
            length -= part;
        }
        return tlps;
    }

    private readonly record struct Piece(ulong At, Descriptor Memory);
}
