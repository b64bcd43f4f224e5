namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>KiRetireDpcList: the loop of one processor that expires timers and empties the DPC queue.</summary>
/// <remarks>Interrupts are enabled all the while; the level stays at DISPATCH_LEVEL. Allocates nothing.</remarks>
internal sealed class DpcDrain(TimerTable timers, DpcQueue queue)
{
    public void Begin()
    {
        queue.RoutineActive = true;
        timers.BeginExpiry();
    }

    /// <summary>The next DPC: of the timers to expire first, then of the queue.</summary>
    /// <returns>False at the end of the loop.</returns>
    public bool TryRemoveNext(out DueDpc due)
    {
        do
        {
            if (timers.Expire() is { } timer)
            {
                due = new DueDpc(timer.Dpc, DpcWay.Timer, timer.Requested);
                return true;
            }
            if (queue.Depth > 0)
            {
                var dpc = queue.RemoveHead();
                due = new DueDpc(dpc, DpcWay.Queue, dpc.Requested);
                return true;
            }
            timers.BeginExpiry();
        }
        while (timers.Requested);
        queue.EndDrain();
        due = default;
        return false;
    }

    /// <summary>The clock interrupt looks whether there is something to do.</summary>
    /// <returns>Whether there was.</returns>
    public bool Tick()
    {
        var waited = queue.Tick();
        if (!timers.Tick()) return waited;
        queue.RequestInterrupt();
        return true;
    }
}
