namespace Pcie.Link.Grpc.Carriers;

/// <summary>
/// Finds out within the keep-alive that nothing comes over a connection any more. It looks eight times in that time, and seven looks in a row
/// that find nothing are silence: 7/8 to 8/8 of it since something came last.
/// </summary>
/// <remarks>
/// Looks are counted rather than time: while this process was stopped, or its machine asleep, it did not look, and what came meanwhile is read
/// before the next few looks are over.
/// </remarks>
internal sealed class SilenceWatch : IDisposable
{
    private const int Looks = 8;

    private readonly TimeSpan interval;
    private readonly Carrier carrier;
    private readonly TimeProvider time;
    private readonly Action found;
    private readonly Lock gate = new();
    private readonly ITimer timer;
    private long lookedAt;
    private int silentLooks;
    private volatile bool excused;

    /// <param name="found">Called once, on another thread.</param>
    public SilenceWatch(TimeSpan keepAlive, Carrier carrier, TimeProvider time, Action found)
    {
        (interval, this.carrier, this.time, this.found) = (keepAlive / Looks, carrier, time, found);
        lookedAt = time.GetTimestamp();
        timer = time.CreateTimer(static watch => ((SilenceWatch)watch!).Look(), this, interval, interval);
    }

    /// <summary>Whether it was found.</summary>
    public bool IsSilent { get; private set; }

    /// <summary>Nobody listens for a while, so that it is no silence that nothing is heard.</summary>
    public void Excuse() => excused = true;

    /// <summary>Somebody listens again.</summary>
    public void Resume()
    {
        carrier.Hear();
        excused = false;
    }

    private void Look()
    {
        lock (gate)
        {
            // A pool of threads that was busy makes up for looks that were late by several at once.
            if (IsSilent || time.GetElapsedTime(lookedAt) < interval / 2) return;
            lookedAt = time.GetTimestamp();
            if (carrier.TakeHeard() || excused) silentLooks = 0;
            else silentLooks++;
            if (silentLooks < Looks - 1) return;
            IsSilent = true;
        }
        found();
    }

    public void Dispose() => timer.Dispose();
}
