namespace Pcie.Host.Kernel;

/// <summary>KDPC_DATA: one processor's queue of DPCs, linked through the DPCs themselves.</summary>
internal struct DpcQueue
{
    private Dpc? head;
    private Dpc? tail;

    public int Depth { get; private set; }

    public void InsertHead(Dpc dpc)
    {
        dpc.Next = head;
        head = dpc;
        tail ??= dpc;
        Depth++;
    }

    public void InsertTail(Dpc dpc)
    {
        dpc.Next = null;
        if (tail is null) head = dpc;
        else tail.Next = dpc;
        tail = dpc;
        Depth++;
    }

    public Dpc RemoveHead()
    {
        var dpc = head!;
        head = dpc.Next;
        if (head is null) tail = null;
        dpc.Next = null;
        Depth--;
        return dpc;
    }

    /// <summary>KeRemoveQueueDpc.</summary>
    /// <returns>False if it was not in this queue.</returns>
    public bool Remove(Dpc dpc)
    {
        Dpc? before = null;
        for (var at = head; at is not null; before = at, at = at.Next)
        {
            if (at != dpc) continue;
            if (before is null) head = at.Next;
            else before.Next = at.Next;
            if (tail == at) tail = before;
            at.Next = null;
            Depth--;
            return true;
        }
        return false;
    }
}
