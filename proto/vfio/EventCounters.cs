using System.Runtime.InteropServices;

namespace Pcie.Vfio;

/// <summary>
/// Counters that the kernel raises, each with a tag, and one of our own that ends a wait: what an engine's thread waits for, if it has nothing to do.
/// </summary>
internal sealed unsafe class EventCounters : IDisposable
{
    private const int Most = 64, WakeTag = -1;

    private readonly FileDescriptor epoll, wake = FileDescriptor.EventFd();
    private readonly Dictionary<int, FileDescriptor> counters = [];
    private readonly Libc.EpollEvent[] ready = new Libc.EpollEvent[Most];

    public EventCounters()
    {
        var number = Libc.EpollCreate(Libc.CloseOnExec);
        epoll = number >= 0 ? new FileDescriptor(number) : throw new IOException($"epoll: {Marshal.GetLastPInvokeErrorMessage()}.");
        Watch(wake, WakeTag);
    }

    /// <summary>A new counter.</summary>
    /// <param name="tag">Of it alone.</param>
    public FileDescriptor Add(int tag)
    {
        var counter = FileDescriptor.EventFd();
        counters.Add(tag, counter);
        Watch(counter, tag);
        return counter;
    }

    /// <summary>No more of those that <see cref="Add"/> has made.</summary>
    public void Remove(Func<int, bool> tags)
    {
        foreach (var tag in counters.Keys.Where(tags).ToList())
        {
            counters.Remove(tag, out var counter);
            Libc.EpollControl(epoll.Number, Libc.EpollDelete, counter!.Number, null);
            counter.Dispose();
        }
    }

    /// <summary>Waits until one counts, or <see cref="Wake"/>, and says how far each has counted.</summary>
    /// <param name="timeout">Negative: without an end.</param>
    /// <param name="counted">Told of each by its tag.</param>
    public void Wait(TimeSpan timeout, Action<int, ulong> counted)
    {
        if (!IsReady(timeout)) return;
        int count;
        fixed (Libc.EpollEvent* events = ready) count = Libc.EpollWait(epoll.Number, events, Most, 0);
        for (var i = 0; i < count; i++)
        {
            var tag = ready[i].Tag;
            ulong value;
            if (tag == WakeTag) Libc.Read(wake.Number, &value, sizeof(ulong));
            else if (counters.TryGetValue(tag, out var counter) && Libc.Read(counter.Number, &value, sizeof(ulong)) == sizeof(ulong))
                counted(tag, value);
        }
    }

    /// <summary>Ends a wait, from any thread.</summary>
    public void Wake()
    {
        ulong one = 1;
        Libc.Write(wake.Number, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        Remove(_ => true);
        epoll.Dispose();
        wake.Dispose();
    }

    // epoll_wait knows milliseconds only.
    private bool IsReady(TimeSpan timeout)
    {
        var entry = new Libc.PollEntry { File = epoll.Number, Asked = Libc.PollIn };
        var limit = new Libc.TimeSpec
        {
            Seconds = timeout.Ticks / TimeSpan.TicksPerSecond, Nanoseconds = timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        return Libc.Poll(&entry, 1, timeout < TimeSpan.Zero ? null : &limit, null) > 0;
    }

    private void Watch(FileDescriptor counter, int tag)
    {
        var change = new Libc.EpollEvent { Events = Libc.EpollIn, Tag = tag };
        if (Libc.EpollControl(epoll.Number, Libc.EpollAdd, counter.Number, &change) != 0)
            throw new IOException($"epoll: {Marshal.GetLastPInvokeErrorMessage()}.");
    }
}
