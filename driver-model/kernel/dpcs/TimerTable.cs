namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>
/// One processor's timers whose time has come: those that wait for the clock interrupt, and behind it those that wait for the loop that
/// empties the DPC queue, which expires them before it takes a DPC out of the queue (KiRetireDpcList, KiTimerExpiration).
/// </summary>
/// <remarks>Allocates nothing.</remarks>
internal sealed class TimerTable
{
    // One list, in the order of their times: first those that a clock interrupt has seen.
    private KernelTimer? first, last;
    private int count, seen, expiring;

    /// <summary>TimerRequest: a clock interrupt has seen timers that are not expired yet.</summary>
    public bool Requested => seen > 0;

    /// <summary>Whether no timer waits here.</summary>
    public bool IsEmpty => count == 0;

    /// <summary>Whether a timer whose DPC has code waits here.</summary>
    public bool HasCode
    {
        get
        {
            for (var timer = first; timer is not null; timer = timer.Next)
                if (timer.Dpc.Routine is not null) return true;
            return false;
        }
    }

    public void Set(KernelTimer timer)
    {
        var requested = timer.Dpc.ForRequest();
        if (timer.IsSet)
        {
            timer.SetAgain++;
            return;
        }
        (timer.IsSet, timer.Requested) = (true, requested);
        if (first is null) first = timer;
        else last!.Next = timer;
        last = timer;
        count++;
    }

    /// <summary>The clock interrupt sees what is due.</summary>
    /// <returns>Whether there is something to expire.</returns>
    public bool Tick()
    {
        seen = count;
        return seen > 0;
    }

    /// <summary>Expiry goes as far as the clock had come when it began: what a later clock interrupt sees waits for another.</summary>
    public void BeginExpiry() => expiring = seen;

    /// <returns>The next timer of this expiry; null at its end.</returns>
    public KernelTimer? Expire()
    {
        if (expiring == 0) return null;
        var timer = first!;
        first = timer.Next;
        timer.Next = null;
        timer.IsSet = false;
        expiring--;
        seen--;
        count--;
        return timer;
    }
}
