using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
        {
            var whole = payload.Length & -sizeof(ulong);
            Fill(MemoryMarshal.Cast<byte, ulong>(payload[..whole]), at / sizeof(ulong));
            payload = payload[whole..];
            at += (ulong)whole;
        }
        for (var i = 0; i < payload.Length; i++, at++) payload[i] = (byte)(at / sizeof(ulong) >> (int)(at % sizeof(ulong)) * 8);
        return chunkSize;
    }

    public void Rewind() => position = 0;

    public void Dispose()
    {
        // Holds nothing.
    }

    // Compiled well at once: a run by the wall clock would be short of time until it was.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fill(Span<ulong> words, ulong value)
    {
        var several = Vector.CreateSequence(value, 1UL);
        for (; words.Length >= Vector<ulong>.Count && BitConverter.IsLittleEndian; words = words[Vector<ulong>.Count..])
        {
            several.CopyTo(words);
            several += new Vector<ulong>((ulong)Vector<ulong>.Count);
            value += (ulong)Vector<ulong>.Count;
        }
        foreach (ref var word in words) BinaryPrimitives.WriteUInt64LittleEndian(MemoryMarshal.AsBytes(new Span<ulong>(ref word)), value++);
    }
}
