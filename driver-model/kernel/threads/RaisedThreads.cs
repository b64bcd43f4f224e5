namespace Pcie.DriverModel.Kernel.Threads;

/// <summary>
/// One processor's threads that wait to raise their IRQL, in the order in which they came; a thread is in the list once, however often it waits.
/// </summary>
/// <remarks>Allocates nothing.</remarks>
internal struct RaisedThreads
{
    private RaisedThread? first, last;

    public readonly bool IsEmpty => first is null;

    public void Add(RaisedThread thread)
    {
        if (thread.Waiting++ > 0) return;
        if (first is null) first = thread;
        else last!.Next = thread;
        last = thread;
    }

    /// <summary>The first thread, whose turn it is; it leaves the list with the last time for which it waits.</summary>
    public RaisedThread RemoveTurn()
    {
        var thread = first!;
        if (--thread.Waiting == 0)
        {
            first = thread.Next;
            thread.Next = null;
        }
        return thread;
    }
}
