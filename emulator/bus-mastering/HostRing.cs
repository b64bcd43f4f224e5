namespace Pcie.Emulator.BusMastering;

/// <summary>
/// A ring of entries in host memory, between a card and its driver: one side adds at the tail, the other takes from the head, and a doorbell says how
/// far the driver is. One place stays empty, so that a full ring and an empty one differ.
/// </summary>
/// <param name="entryBytes">A multiple of 4.</param>
public sealed class HostRing(int entryBytes)
{
    private ulong start;

    /// <summary>Entries that it has room for, and one; 0 if there is no ring.</summary>
    public int Size { get; private set; }

    /// <summary>The oldest entry.</summary>
    public int Head { get; private set; }

    /// <summary>The place behind the newest.</summary>
    public int Tail { get; private set; }

    /// <summary>What the card's entries are marked with in this round, so that the driver knows them from those of the round before.</summary>
    public bool Phase { get; private set; }

    public bool IsEmpty => Head == Tail;

    public bool IsFull => (Tail + 1) % Size == Head;

    /// <summary>Where the entry is that is taken next.</summary>
    public ulong HeadAddress => start + (ulong)(Head * entryBytes);

    /// <summary>Where the entry goes that is added next.</summary>
    public ulong TailAddress => start + (ulong)(Tail * entryBytes);

    /// <summary>The driver has set one up.</summary>
    /// <param name="at">Bus address, DW-aligned.</param>
    public void Create(ulong at, int size) => (start, Size, Head, Tail, Phase) = (at, size, 0, 0, true);

    public void Delete() => Size = Head = Tail = 0;

    /// <summary>The card has taken an entry.</summary>
    public void TakeOne() => Head = (Head + 1) % Size;

    /// <summary>The card has added an entry.</summary>
    public void AddOne()
    {
        Tail = (Tail + 1) % Size;
        if (Tail == 0) Phase = !Phase;
    }

    /// <summary>The driver has added entries: its doorbell.</summary>
    /// <returns>False if there is no such place.</returns>
    public bool MoveTail(int to)
    {
        if (to < Size) Tail = to;
        return to < Size;
    }

    /// <summary>The driver has taken entries: its doorbell.</summary>
    /// <inheritdoc cref="MoveTail"/>
    public bool MoveHead(int to)
    {
        if (to < Size) Head = to;
        return to < Size;
    }
}
