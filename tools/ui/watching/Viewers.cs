namespace Pcie.Ui.Watching;

/// <summary>How many pages are open: each is drawn here.</summary>
public sealed class Viewers
{
    /// <summary>A page beyond these says so, and shows nothing.</summary>
    public const int Most = 40;

    private int count;

    public int Count => Volatile.Read(ref count);

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref count) <= Most) return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref count);
}
