namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>DPCs in an order, linked through themselves.</summary>
/// <remarks>Allocates nothing.</remarks>
internal struct DpcList
{
    private Dpc? head;
    private Dpc? tail;

    public int Depth { get; private set; }

    /// <summary>Whether a DPC with code is in it.</summary>
    public readonly bool HasCode
    {
        get
        {
            for (var dpc = head; dpc is not null; dpc = dpc.Next)
                if (dpc.Routine is not null) return true;
            return false;
        }
    }

    /// <summary>High goes to the head, the others to the tail.</summary>
    public void InsertByImportance(Dpc dpc) => InsertAfter(dpc.Importance == DpcImportance.High ? null : tail, dpc);

    /// <summary>Behind those of lower and equal numbers.</summary>
    public void InsertBySoftirq(Dpc dpc)
    {
        Dpc? before = null;
        for (var at = head; at is not null && at.Softirq <= dpc.Softirq; at = at.Next) before = at;
        InsertAfter(before, dpc);
    }

    /// <summary>Whether one of that softirq is in it.</summary>
    public readonly bool Has(Softirq softirq)
    {
        for (var at = head; at is not null; at = at.Next)
            if (at.Softirq == softirq) return true;
        return false;
    }

    /// <summary>The next to run. Unlinked before its routine is called: from here on it can be queued again, here or elsewhere.</summary>
    public Dpc RemoveHead()
    {
        var dpc = head!;
        dpc.IsQueued = false;
        head = dpc.Next;
        if (head is null) tail = null;
        dpc.Next = null;
        Depth--;
        return dpc;
    }

    /// <returns>False if it was not in this list.</returns>
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

    // Null for the head.
    private void InsertAfter(Dpc? before, Dpc dpc)
    {
        if (before is null) (dpc.Next, head) = (head, dpc);
        else (dpc.Next, before.Next) = (before.Next, dpc);
        if (tail == before) tail = dpc;
        Depth++;
    }
}
