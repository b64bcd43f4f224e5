using System.Buffers.Binary;

namespace Pcie.Emulator.Sources;

/// <summary>
/// Byte n of the stream belongs to a 64-bit little-endian counter of value n / 8: any piece of it tells where it belongs.
/// </summary>
public sealed class CounterSource : IChunkSource
{
    private ulong position;

    public bool HasNext => true;

    public int Next(Span<byte> payload, int chunkSize)
    {
        var at = position;
        position += (ulong)chunkSize;
        if (at % sizeof(ulong) == 0)
            for (; payload.Length >= sizeof(ulong); payload = payload[sizeof(ulong)..], at += sizeof(ulong))
                BinaryPrimitives.WriteUInt64LittleEndian(payload, at / sizeof(ulong));
        for (var i = 0; i < payload.Length; i++, at++) payload[i] = (byte)(at / sizeof(ulong) >> (int)(at % sizeof(ulong)) * 8);
        return chunkSize;
    }

    public void Rewind() => position = 0;

    public void Dispose()
    {
        // Holds nothing.
    }
}
