namespace Pcie.Link.Grpc.Carriers;

/// <summary>
/// Finds out within the keep-alive that nothing comes over a connection any more. A timer ticks eight times in that time, and seven ticks in a
/// row before which nothing came are silence: 7/8 to 8/8 of the keep-alive since something came last.
/// </summary>
/// <remarks>
/// Ticks are counted rather than time: while this process was stopped, or its machine asleep, the timer did not tick, and what came meanwhile
/// is read before the next few ticks are over.
/// </remarks>
internal sealed class SilenceWatch : IDisposable
{
    private const int Ticks = 8;

    private readonly TimeSpan interval;
    private readonly Carrier carrier;
    private readonly Func<bool>? hearsElsewhere;
    private readonly TimeProvider time;
    private readonly Action found;
    private readonly Lock tickLock = new();
    private readonly ITimer timer;
    private long tickedAt;
    private int silentTicks;
    private volatile bool excused;

    /// <param name="found">Called once, on another thread.</param>
    /// <param name="hearsElsewhere">Whether the other side has said elsewhere that it is there, since this was asked.</param>
    public SilenceWatch(TimeSpan keepAlive, Carrier carrier, TimeProvider time, Action found, Func<bool>? hearsElsewhere = null)
    {
        (interval, this.carrier, this.time, this.found, this.hearsElsewhere) = (keepAlive / Ticks, carrier, time, found, hearsElsewhere);
        tickedAt = time.GetTimestamp();
        timer = time.CreateTimer(static watch => ((SilenceWatch)watch!).OnTick(), this, interval, interval);
    }

    /// <summary>Whether silence was found.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>This side does not read for a while, so that hearing nothing is no silence.</summary>
    public void Excuse() => excused = true;

    /// <summary>This side reads again.</summary>
    public void Resume()
    {
        carrier.Hear();
        excused = false;
    }

    private void OnTick()
    {
        lock (tickLock)
        {
            // A thread pool that was busy makes up for late ticks by several at once.
            if (IsSilent || time.GetElapsedTime(tickedAt) < interval / 2) return;
            tickedAt = time.GetTimestamp();
            // Both are asked: what each has heard counts once.
            if (carrier.TakeHeard() | hearsElsewhere?.Invoke() == true || excused) silentTicks = 0;
            else silentTicks++;
            if (silentTicks < Ticks - 1) return;
            IsSilent = true;
        }
        found();
    }

    public void Dispose() => timer.Dispose();
}
