using Pcie.Daq;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>Knows how far the stream has come, and writes it to host memory with the causes, if the driver gave a place for that.</summary>
/// <remarks>Allocates nothing.</remarks>
internal sealed class StatusBlockWriter
{
    private const uint Enable = 1;
    private const ulong AddressBits = ~3UL;

    private readonly IDevicePort port;
    private readonly RegisterPair place;
    private ulong lastSequence;
    private ulong update;

    /// <param name="set">STATUS_BASE is declared in it.</param>
    public StatusBlockWriter(IDevicePort port, RegisterSet set)
    {
        this.port = port;
        place = set.Declare(new RegisterPair("STATUS_BASE", 0x120, "Bus address of the status block",
            low => low
                .Flag(0, "ENABLE", RW, "a status block is written before each message")
                .Reserved(1, 1)
                .Field(2, 30, "ADDRESS", RW, "bus address"),
            high => high.Field(0, 32, "ADDRESS", RW, "bus address")));
    }

    /// <summary>Chunks written since DMA was enabled: the producer index.</summary>
    public ulong Head { get; private set; }

    /// <summary>Blocks that could not be written because bus mastering was off.</summary>
    public ulong Lost { get; private set; }

    /// <summary>The stream begins anew.</summary>
    public void Restart() => Head = lastSequence = 0;

    public void Reset()
    {
        Restart();
        update = 0;
    }

    /// <summary>A chunk has been written: the next block says so.</summary>
    public void ChunkWritten(ulong sequence)
    {
        Head++;
        lastSequence = sequence;
    }

    /// <summary>Writes the block as things stand.</summary>
    /// <param name="causes">INT_CAUSE.</param>
    public void Publish(uint causes)
    {
        if ((place.Value & Enable) == 0) return;
        Span<byte> bytes = stackalloc byte[StatusBlock.Size];
        new StatusBlock(Head, lastSequence, ++update, causes).Write(bytes);
        if (!port.WriteHost(place.Value & AddressBits, bytes)) Lost++;
    }
}
