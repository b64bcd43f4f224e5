namespace Pcie.Emulator.Nvme;

/// <summary>A queue of either kind: a ring of entries in host memory. There is one if <see cref="Size"/> is not 0.</summary>
/// <param name="entryBytes">64 of a submission queue, 16 of a completion queue.</param>
internal sealed class NvmeQueue(int entryBytes)
{
    private ulong start;

    /// <summary>Entries.</summary>
    public int Size { get; private set; }

    /// <summary>The oldest entry that has not been taken: by the controller, or by the host.</summary>
    public int Head { get; private set; }

    /// <summary>The place behind the newest.</summary>
    public int Tail { get; private set; }

    /// <summary>Of a completion queue: what its entries are marked with in this round (4.6).</summary>
    public bool Phase { get; private set; }

    /// <summary>Of a completion queue: its interrupt vector; -1 for none. Of a submission queue: its completion queue.</summary>
    public int Partner { get; private set; }

    public bool IsEmpty => Head == Tail;

    public bool IsFull => (Tail + 1) % Size == Head;

    public void Create(ulong at, int size, int partner) => (start, Size, Partner, Head, Tail, Phase) = (at, size, partner, 0, 0, true);

    public void Delete() => Size = Head = Tail = 0;

    /// <summary>Where the entry is that is next taken.</summary>
    public ulong HeadAddress => start + (ulong)(Head * entryBytes);

    /// <summary>Where the entry goes that is next added.</summary>
    public ulong TailAddress => start + (ulong)(Tail * entryBytes);

    public void TakeOne() => Head = (Head + 1) % Size;

    public void AddOne()
    {
        Tail = (Tail + 1) % Size;
        if (Tail == 0) Phase = !Phase;
    }

    /// <summary>The host moves the end that is its.</summary>
    /// <returns>False if there is no such entry.</returns>
    public bool MoveTail(int to)
    {
        if (to >= Size) return false;
        Tail = to;
        return true;
    }

    /// <inheritdoc cref="MoveTail"/>
    public bool MoveHead(int to)
    {
        if (to >= Size) return false;
        Head = to;
        return true;
    }
}
