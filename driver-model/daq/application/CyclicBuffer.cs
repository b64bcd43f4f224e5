namespace Pcie.DriverModel.Daq.Application;

/// <summary>
/// The driver's large cyclic buffer between DPC and reader: one producer, one consumer, a fixed number of places of a fixed size.
/// A chunk is seen by the reader whole or not at all; a full buffer refuses, and counts what it refused.
/// </summary>
/// <remarks>Producer and consumer may be different threads; neither waits and neither allocates.</remarks>
public sealed class CyclicBuffer
{
    private readonly byte[][] places;
    private readonly int[] lengths;

    // Counts of chunks ever put in and taken out; each is written by one side only.
    private long written;
    private long taken;

    /// <param name="places">Chunks that it holds.</param>
    /// <param name="placeSize">Bytes of the largest chunk.</param>
    public CyclicBuffer(int places, int placeSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(places);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(placeSize);
        this.places = new byte[places][];
        for (var i = 0; i < places; i++) this.places[i] = new byte[placeSize];
        lengths = new int[places];
    }

    /// <summary>Chunks in it.</summary>
    public int Count => (int)(Volatile.Read(ref written) - Volatile.Read(ref taken));

    /// <summary>The most chunks that were in it at once.</summary>
    public int HighWater { get; private set; }

    /// <summary>Chunks that found it full.</summary>
    public long Refused { get; private set; }

    /// <summary>Producer: puts a chunk in.</summary>
    /// <inheritdoc cref="TryWrite(ReadOnlySpan{byte}, ReadOnlySpan{byte})" path="/returns"/>
    public bool TryWrite(ReadOnlySpan<byte> chunk) => TryWrite(chunk, default);

    /// <summary>Producer: puts a chunk in, whose header lies elsewhere than its payload.</summary>
    /// <returns>False if it is full or the chunk too large; the refusal is counted.</returns>
    public bool TryWrite(ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        var at = written;
        var place = places[at % places.Length];
        if (at - Volatile.Read(ref taken) == places.Length || header.Length + payload.Length > place.Length)
        {
            Refused++;
            return false;
        }
        header.CopyTo(place);
        payload.CopyTo(place.AsSpan(header.Length));
        lengths[at % places.Length] = header.Length + payload.Length;
        // Published after the bytes: the reader sees all of them or none.
        Volatile.Write(ref written, at + 1);
        HighWater = Math.Max(HighWater, Count);
        return true;
    }

    /// <summary>Consumer: the oldest chunk, which stays until <see cref="Release"/>.</summary>
    public bool TryPeek(out ReadOnlySpan<byte> chunk)
    {
        if (Volatile.Read(ref written) == taken)
        {
            chunk = default;
            return false;
        }
        var index = taken % places.Length;
        chunk = places[index].AsSpan(0, lengths[index]);
        return true;
    }

    /// <summary>Consumer: frees the place of the oldest chunk.</summary>
    /// <exception cref="InvalidOperationException">There is no chunk.</exception>
    public void Release()
    {
        if (Volatile.Read(ref written) == taken) throw new InvalidOperationException("The cyclic buffer is empty.");
        Volatile.Write(ref taken, taken + 1);
    }
}
