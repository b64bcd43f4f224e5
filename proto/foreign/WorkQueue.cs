namespace Pcie.Foreign;

/// <summary>
/// What is to be done with the function, one after the other: it may wait for something of the host, and nothing else begins meanwhile.
/// </summary>
/// <param name="failed">Told of what ended in an exception; the rest is left, and so is what comes later: it would wait as long once more.</param>
internal sealed class WorkQueue(Action<Exception> failed)
{
    // A host that asks without listening for answers comes to an end here.
    private const int Most = 1 << 16;

    private readonly Queue<Func<ValueTask>> waiting = new();
    private bool isBusy, hasFailed;

    /// <summary>Whether nothing waits for what is being done.</summary>
    public bool IsEmpty => waiting.Count == 0;

    public void Add(Func<ValueTask> work)
    {
        if (hasFailed) return;
        if (waiting.Count == Most)
        {
            failed(new IOException($"{Most} requests wait for the device, which waits for the host: it has read host memory, and got no answer."));
            return;
        }
        waiting.Enqueue(work);
        if (!isBusy) Run();
    }

    // Continues on the thread that completes what is waited for, which is the engine's.
    private async void Run()
    {
        isBusy = true;
        try
        {
            while (waiting.TryDequeue(out var work)) await work().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            hasFailed = true;
            waiting.Clear();
            failed(e);
        }
        isBusy = false;
    }
}
