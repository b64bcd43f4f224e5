using Pcie.Daq;
using Pcie.Emulator.Device;

namespace Pcie.Emulator.Daq.Dma;

/// <summary>Writes the status block to host memory, if the driver gave it a place.</summary>
/// <remarks>Allocates nothing.</remarks>
internal sealed class StatusBlockWriter(IDevicePort port, DaqRegisters registers)
{
    private const uint Enable = 1;
    private const ulong AddressBits = ~3UL;

    private ulong head;
    private ulong lastSequence;
    private ulong update;

    /// <summary>Blocks that could not be written because bus mastering was off.</summary>
    public ulong Lost { get; private set; }

    /// <summary>The ring begins anew.</summary>
    public void Restart() => head = lastSequence = 0;

    public void Reset()
    {
        Restart();
        update = 0;
    }

    /// <summary>A chunk has been written: the next block says so.</summary>
    public void ChunkWritten(ulong sequence)
    {
        head++;
        lastSequence = sequence;
    }

    /// <summary>Writes the block as things stand.</summary>
    public void Publish()
    {
        if ((registers.StatusBase.Value & Enable) == 0) return;
        Span<byte> bytes = stackalloc byte[StatusBlock.Size];
        new StatusBlock(head, lastSequence, ++update, registers.IntCause.Value).Write(bytes);
        if (!port.WriteHost(registers.StatusBase.Value & AddressBits, bytes)) Lost++;
    }
}
