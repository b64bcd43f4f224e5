using System.Runtime.InteropServices;

namespace Pcie.Qtest;

/// <summary>Waits until there is something to be read from one of several files.</summary>
internal sealed unsafe class EventWaiter : IDisposable
{
    private readonly Native.PollEntry* entries;
    private readonly int count;

    /// <param name="files">Their descriptors.</param>
    public EventWaiter(IReadOnlyList<int> files)
    {
        count = files.Count;
        // And one more.
        entries = (Native.PollEntry*)NativeMemory.AllocZeroed((nuint)count + 1, (nuint)sizeof(Native.PollEntry));
        Also = -1;
        for (var i = 0; i < count; i++) entries[i] = new Native.PollEntry { File = files[i], Asked = Native.PollIn };
    }

    /// <summary>A file that ends a wait, and is none of them; negative for none.</summary>
    public int Also
    {
        set => entries[count] = new Native.PollEntry { File = value, Asked = Native.PollIn };
    }

    /// <returns>The place of the first that there is something of; -1 for none.</returns>
    public int Wait(TimeSpan timeout)
    {
        var limit = new Native.TimeSpec
        {
            Seconds = timeout.Ticks / TimeSpan.TicksPerSecond, Nanoseconds = timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        if (Native.Poll(entries, (nuint)count + 1, &limit, null) <= 0) return -1;
        for (var i = 0; i < count; i++)
            if (entries[i].Found != 0) return i;
        return -1;
    }

    public void Dispose() => NativeMemory.Free(entries);
}
