namespace Pcie.VfioUser.Sockets;

/// <summary>
/// File descriptors that have come and whose message has not been taken yet. A stream socket delivers them with the first byte of what they were
/// sent with, and ends what it delivers there; so they belong to the last message that begins before this end.
/// </summary>
internal sealed class ReceivedDescriptors : IDisposable
{
    private readonly Queue<(long End, FileDescriptor? Descriptor)> received = new();

    public int Count => received.Count;

    /// <param name="end">Where what was delivered with it ends in the stream.</param>
    /// <param name="descriptor">Null for those that there was no room for.</param>
    public void Add(long end, FileDescriptor? descriptor) => received.Enqueue((end, descriptor));

    /// <summary>Takes those of a message.</summary>
    /// <param name="end">Where the message ends in the stream.</param>
    /// <param name="taken">Gets them; the caller's from now on.</param>
    /// <returns>Whether all of them are there.</returns>
    public bool Take(long end, List<FileDescriptor> taken)
    {
        var isWhole = true;
        while (received.TryPeek(out var next) && next.End <= end)
        {
            received.Dequeue();
            if (next.Descriptor is null) isWhole = false;
            else taken.Add(next.Descriptor);
        }
        return isWhole;
    }

    public void Dispose()
    {
        while (received.TryDequeue(out var one)) one.Descriptor?.Dispose();
    }
}
