using Pcie.Emulator.Registers;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>
/// Where a stream from outside enters the card: a packet of it is a chunk, or several if it is longer than one. It waits outside while the source is
/// stopped and while the FIFO is full, so that nothing of it overflows.
/// </summary>
/// <remarks>Allocates nothing while running.</remarks>
internal sealed class StreamInlet : IChunkProducer
{
    // What can be offered at once.
    private const int LongestPart = 4096;

    private readonly DaqCardOptions options;
    private readonly ChunkStream stream;
    private readonly ChunkFifo fifo;
    private readonly Action taken;
    private readonly Register control;
    private readonly byte[] part = new byte[LongestPart];
    private int partLength, partAt;
    private bool hasPart, partEnds, isBusy;
    private ChunkBuffer chunk;
    private int length;

    /// <param name="set">The registers of the source are declared in it.</param>
    /// <param name="taken">Told when what was offered has been taken.</param>
    public StreamInlet(DaqCardOptions options, RegisterSet set, ChunkStream stream, DmaCore dma, Action taken)
    {
        (this.options, this.stream, fifo, this.taken) = (options, stream, dma.Fifo, taken);
        chunk = stream.NewBuffer();
        dma.RoomMade += Take;
        control = SourceRegisters.Declare(set, options, _ => Take());
    }

    /// <inheritdoc/>
    public bool Ended => false;

    /// <inheritdoc/>
    public bool IsRunning => control.Value != 0;

    /// <inheritdoc/>
    public long? BytesLeft => null;

    /// <inheritdoc/>
    public ulong NotProduced => 0;

    /// <summary>
    /// Offers the next part of a packet: it is copied, and taken at once or when there is room; none other may be offered until then.
    /// </summary>
    /// <param name="bytes">None, if a packet ends behind what was taken.</param>
    /// <param name="ends">Whether the packet ends here.</param>
    public void Offer(ReadOnlySpan<byte> bytes, bool ends)
    {
        bytes.CopyTo(part);
        (partLength, partAt, partEnds, hasPart) = (bytes.Length, 0, ends, true);
        Take();
    }

    /// <inheritdoc/>
    public void Reset() => (hasPart, length) = (false, 0);

    // A chunk that is made may make room in the FIFO, which comes back here.
    private void Take()
    {
        if (isBusy) return;
        isBusy = true;
        while (hasPart && IsRunning && !fifo.IsFull)
        {
            var more = Math.Min(options.ChunkSize - length, partLength - partAt);
            if (!options.HeaderOnly) part.AsSpan(partAt, more).CopyTo(chunk.Payload.Span[length..]);
            length += more;
            partAt += more;
            var isWhole = partAt == partLength;
            if (length == options.ChunkSize || isWhole && partEnds && length > 0) (chunk, length) = (stream.Produce(chunk, length), 0);
            if (!isWhole) continue;
            hasPart = false;
            taken();
        }
        isBusy = false;
    }
}
