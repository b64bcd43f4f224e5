using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>KiRetireDpcList, __do_softirq: the loop of one processor that expires timers and empties the DPC queue.</summary>
/// <remarks>Interrupts are enabled all the while; the level stays at DISPATCH_LEVEL. Allocates nothing.</remarks>
internal sealed class DpcDrain(TimerTable timers, DpcQueue queue, Timeline timeline)
{
    public void Begin()
    {
        queue.BeginDrain(timeline.Now);
        timers.BeginExpiry();
    }

    /// <summary>The next DPC: of the timers to expire first, then of the queue.</summary>
    /// <param name="requested">The duration that came with the call that queued the DPC or set its timer.</param>
    /// <returns>False at the end of the loop.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRemoveNext([NotNullWhen(true)] out Dpc? dpc, out DpcWay way, out Duration requested)
    {
        do
        {
            if (timers.Expire() is { } timer)
            {
                (dpc, way, requested) = (timer.Dpc, DpcWay.Timer, timer.Requested);
                return true;
            }
            if (queue.HasNext)
            {
                dpc = queue.RemoveHead();
                (way, requested) = (DpcWay.Queue, dpc.Requested);
                return true;
            }
            timers.BeginExpiry();
        }
        while (timers.Requested || queue.TryBeginRound(timeline.Now));
        queue.EndDrain();
        (dpc, way, requested) = (null, default, default);
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
