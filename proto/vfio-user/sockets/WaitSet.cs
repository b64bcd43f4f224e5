using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pcie.VfioUser.Sockets;

/// <summary>
/// What a thread waits for in the system: files, a time, and whoever wakes it. To the system the time is one more file, which is set when it changes:
/// a wait that has a limit of its own has the processor's timer set and stopped each time, which may cost as much as all the rest.
/// </summary>
/// <remarks>Waiting allocates nothing.</remarks>
internal sealed unsafe class WaitSet : IDisposable
{
    private const int Add = 1, Remove = 2, Change = 3;

    // struct epoll_event, which has 12 or 16 bytes: u32 events, and then what is not needed here. One is enough: whoever waited looks at all of them.
    private const int EventSize = 16;

    private readonly int set = Checked(Native.EPollCreate(Native.EPollCloseOnExec));
    private readonly int timer = Checked(Native.TimerFd(Native.ClockMonotonic, Native.TimerFdNonBlocking | Native.TimerFdCloseOnExec));
    private readonly int wake = Checked(Native.EventFd(0, Native.EventFdNonBlocking | Native.EventFdCloseOnExec));
    private readonly Lock wakeLock = new();
    private readonly Dictionary<int, uint> watched = [];
    private long due = long.MaxValue;
    private bool isWoken, isClosed;

    public WaitSet()
    {
        Watch(timer, Native.PollIn);
        Watch(wake, Native.PollIn);
    }

    /// <summary>Waits for this of a file from now on.</summary>
    /// <param name="asked">Bits of <see cref="Native.PollIn"/> and <see cref="Native.PollOut"/>; 0 for nothing any more, its end included.</param>
    public void Watch(int file, uint asked)
    {
        var before = watched.GetValueOrDefault(file);
        if (asked == before) return;
        var change = stackalloc uint[EventSize / sizeof(uint)];
        change[0] = asked;
        if (Native.EPollControl(set, asked == 0 ? Remove : before == 0 ? Add : Change, file, change) != 0)
            throw new IOException($"A file cannot be waited for: {Marshal.GetLastPInvokeErrorMessage()}.");
        watched[file] = asked;
    }

    /// <summary>Waits until there is something of a file, or somebody wakes it.</summary>
    /// <param name="timeout">At most, and sometimes less; without an end if negative.</param>
    /// <returns>False if somebody has woken it since the last time.</returns>
    public bool Wait(TimeSpan timeout)
    {
        // Whoever does not wait looks at the files anyway.
        if (timeout != TimeSpan.Zero)
        {
            EndBy(timeout);
            var found = stackalloc byte[EventSize];
            Native.EPollWait(set, found, 1, -1);
        }
        if (!Volatile.Read(ref isWoken)) return true;
        lock (wakeLock)
        {
            ulong count;
            Native.Read(wake, &count, sizeof(ulong));
            isWoken = false;
        }
        return false;
    }

    /// <summary>Ends a wait, or the next one. From any thread.</summary>
    public void Wake()
    {
        lock (wakeLock)
        {
            if (isWoken || isClosed) return;
            isWoken = true;
            ulong one = 1;
            Native.Write(wake, &one, sizeof(ulong));
        }
    }

    public void Dispose()
    {
        lock (wakeLock)
        {
            if (isClosed) return;
            isClosed = true;
            Native.Close(wake);
        }
        Native.Close(timer);
        Native.Close(set);
    }

    private static int Checked(int file) =>
        file >= 0 ? file : throw new IOException($"Nothing can be had to wait by: {Marshal.GetLastPInvokeErrorMessage()}.");

    // A timer that is set for an earlier time is left as it is: it ends one wait too soon, and not every wait has to set it.
    private void EndBy(TimeSpan timeout)
    {
        var now = Stopwatch.GetTimestamp();
        var end = timeout < TimeSpan.Zero ? long.MaxValue : now + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
        if (due > now && due <= end) return;
        due = end;
        // Zero stops it.
        var time = stackalloc Native.TimeSpec[2];
        time[1] = timeout < TimeSpan.Zero ? default : Native.TimeSpec.Of(timeout);
        Native.SetTimer(timer, 0, time, null);
    }
}
