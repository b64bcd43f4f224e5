using Pcie.DriverModel.Kernel.Options;

namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>
/// One processor's queue of DPCs and the rules by which the processor hears of an entry: KDPC_DATA and what belongs to it in the PRCB.
/// The table of docs/kernel.md is <see cref="Insert"/>; entries are linked through the DPCs themselves.
/// </summary>
/// <remarks>Allocates nothing.</remarks>
internal sealed class DpcQueue(KernelOptions options)
{
    private Dpc? head;
    private Dpc? tail;
    private long inserted, insertedAtTick;
    private long requestRate;
    private int adjustThreshold = options.AdjustDpcThreshold;

    public int Depth { get; private set; }

    /// <summary>A queue this deep is served at once, whatever the importance. The tick adjusts it.</summary>
    public int MaximumDepth { get; private set; } = options.MaximumDpcQueueDepth;

    /// <summary>DpcRoutineActive: the loop that empties the queue runs; it finds a new entry by itself.</summary>
    public bool RoutineActive { get; set; }

    /// <summary>DpcInterruptRequested: the processor has been told, and will look as soon as its level allows.</summary>
    public bool InterruptRequested { get; private set; }

    /// <summary>Whether the processor comes to the queue without being told once more.</summary>
    public bool IsExpected => RoutineActive || InterruptRequested;

    /// <summary>KeInsertQueueDpc past the test of the object.</summary>
    /// <returns>Whether the processor is to be told, and had not been before.</returns>
    public bool Insert(Dpc dpc, DpcInsertion insertion)
    {
        inserted++;
        if (dpc.Importance == DpcImportance.High) InsertHead(dpc);
        else InsertTail(dpc);
        if (IsExpected) return false;
        InterruptRequested = Depth >= MaximumDepth || insertion switch
        {
            DpcInsertion.Own => dpc.Importance != DpcImportance.Low || requestRate < options.MinimumDpcRate,
            DpcInsertion.Remote => dpc.Importance >= DpcImportance.MediumHigh,
            _ => true,
        };
        return InterruptRequested;
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

    /// <summary>Something else than an entry wants the loop to run: timers to expire.</summary>
    public void RequestInterrupt() => InterruptRequested = true;

    /// <summary>The queue has been emptied.</summary>
    public void EndDrain()
    {
        RoutineActive = false;
        InterruptRequested = false;
    }

    /// <summary>KeUpdateRunTime: the tick serves a queue that waits, and adjusts how deep one may get.</summary>
    /// <returns>Whether the queue had been waiting.</returns>
    public bool Tick()
    {
        requestRate = (inserted - insertedAtTick + requestRate) >> 1;
        insertedAtTick = inserted;
        if (Depth > 0 && !RoutineActive)
        {
            adjustThreshold = options.AdjustDpcThreshold;
            InterruptRequested = true;
            if (requestRate < options.IdealDpcRate && MaximumDepth > 1) MaximumDepth--;
            return true;
        }
        if (--adjustThreshold == 0)
        {
            adjustThreshold = options.AdjustDpcThreshold;
            if (MaximumDepth != options.MaximumDpcQueueDepth) MaximumDepth++;
        }
        return false;
    }

    private void InsertHead(Dpc dpc)
    {
        dpc.Next = head;
        head = dpc;
        tail ??= dpc;
        Depth++;
    }

    private void InsertTail(Dpc dpc)
    {
        dpc.Next = null;
        if (tail is null) head = dpc;
        else tail.Next = dpc;
        tail = dpc;
        Depth++;
    }
}
