using Pcie.Daq;
using Pcie.Time;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>A chunk inside the card: room for the header, then the payload, as they will lie in host memory.</summary>
internal sealed class ChunkBuffer(int chunkSize, bool payloadOmitted)
{
    private readonly byte[] bytes = new byte[ChunkHeader.SlotLength(payloadOmitted ? 0 : chunkSize)];

    public ulong Sequence { get; private set; }

    /// <summary>Bytes of payload, whether or not they are here.</summary>
    public int Length { get; private set; }

    public SimTime Time { get; private set; }

    /// <summary>Room for the payload of a whole chunk; empty if payloads are omitted.</summary>
    public Memory<byte> Payload => payloadOmitted ? default : bytes.AsMemory(ChunkHeader.Size, chunkSize);

    /// <summary>An invalid header and the payload behind it, filled up to a DW.</summary>
    public ReadOnlySpan<byte> InvalidatedSlot => payloadOmitted ? bytes : bytes.AsSpan(0, ChunkHeader.SlotLength(Length));

    /// <summary>The payload is in: makes a chunk of it.</summary>
    public void Seal(ulong sequence, int length, SimTime time)
    {
        Sequence = sequence;
        Length = length;
        Time = time;
        if (payloadOmitted) return;
        bytes.AsSpan(ChunkHeader.Size + length, -length & 3).Clear();
    }

    /// <summary>Writes the valid header. Only now is the checksum reckoned: a chunk that was dropped needs none.</summary>
    public void WriteHeader(Span<byte> header)
    {
        var checksum = payloadOmitted ? 0 : ChunkHeader.ChecksumOf(bytes.AsSpan(ChunkHeader.Size, Length));
        new ChunkHeader(Sequence, Length, Time, checksum, payloadOmitted).Write(header);
    }
}
