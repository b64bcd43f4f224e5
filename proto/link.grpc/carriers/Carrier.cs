namespace Pcie.Link.Grpc.Carriers;

/// <summary>
/// What is known of one connection below HTTP/2: that bytes come, be they the middle of a long frame, and that it has ended, which HTTP/2 and
/// gRPC take a while to say. Safe from any thread.
/// </summary>
public sealed class Carrier
{
    private readonly TaskCompletionSource lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool heard;
    private Action? whenLost;

    /// <summary>Completes when the connection has ended. What came before that may still be on its way up.</summary>
    public Task Lost => lost.Task;

    /// <summary>What to do when the connection ends, on the very thread that finds it; it may not throw.</summary>
    public void WhenLost(Action act)
    {
        Volatile.Write(ref whenLost, act);
        if (lost.Task.IsCompleted) Interlocked.Exchange(ref whenLost, null)?.Invoke();
    }

    /// <summary>Something came.</summary>
    public void Hear()
    {
        if (!heard) heard = true;
    }

    /// <summary>Whether something came since this was asked last.</summary>
    public bool TakeHeard()
    {
        if (!heard) return false;
        heard = false;
        return true;
    }

    /// <summary>The connection has ended.</summary>
    public void Lose()
    {
        if (lost.TrySetResult()) Interlocked.Exchange(ref whenLost, null)?.Invoke();
    }
}
