using System.Buffers.Text;
using System.Globalization;

namespace Pcie.Qtest;

/// <summary>
/// Whether a process is at rest: every thread of it sleeps. A thread that is woken counts as running from then on, so that what a command has set off
/// in another one (a factorial of edu's, a disk's transfer, a bottom half) is over when none runs. The time that it took is none of the device's.
/// </summary>
/// <param name="process">Its number.</param>
internal sealed class QemuThreads(int process) : IDisposable
{
    // proc(5): behind the name, which stands in brackets, the state is the first field, and the number of threads the eighteenth.
    private const int ThreadsField = 17;

    private readonly string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task");
    private readonly string first = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task/{process}");
    private readonly Dictionary<string, FileStream> states = [], runs = [];
    private readonly byte[] line = new byte[512];

    // Threads are looked at one after the other: one that slept may have been woken by one that sleeps now. Then it has begun to run since.
    public bool AreAsleep => Look() is { } before && Look() == before;

    public void Dispose()
    {
        foreach (var one in states.Values.Concat(runs.Values)) one.Dispose();
    }

    /// <returns>How often its threads have begun to run; null if one does not sleep.</returns>
    private long? Look()
    {
        if (!IsAsleep(first, out var threads)) return null;
        // As many as are known, and all there: they are the same ones.
        if (threads > 0 && threads != states.Count) Find();
        foreach (var thread in states.Keys)
            if (thread != first && !IsAsleep(thread, out _)) return null;
        if (threads > 0 && threads != states.Count) return null;
        var sum = 0L;
        foreach (var thread in states.Keys) sum += RunsOf(thread);
        return sum;
    }

    // Linux' Documentation/scheduler/sched-stats: the last of three numbers.
    private long RunsOf(string thread)
    {
        try
        {
            if (!runs.TryGetValue(thread, out var file))
                runs[thread] = file = new FileStream(Path.Combine(thread, "schedstat"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            var text = line.AsSpan(0, RandomAccess.Read(file.SafeFileHandle, line, 0)).TrimEnd((byte)'\n');
            return Utf8Parser.TryParse(text[(text.LastIndexOf((byte)' ') + 1)..], out long count, out _) ? count : 0;
        }
        catch (IOException)
        {
            // It has just ended, or this kernel does not count.
            if (runs.Remove(thread, out var ended)) ended.Dispose();
            return 0;
        }
    }

    private void Find()
    {
        try
        {
            foreach (var thread in Directory.EnumerateDirectories(folder)) IsAsleep(thread, out _);
        }
        catch (DirectoryNotFoundException)
        {
            // The process has ended.
        }
    }

    private bool IsAsleep(string thread, out int threads)
    {
        threads = 0;
        try
        {
            if (!states.TryGetValue(thread, out var file))
                states[thread] = file = new FileStream(Path.Combine(thread, "stat"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            var length = RandomAccess.Read(file.SafeFileHandle, line, 0);
            var fields = line.AsSpan(0, length);
            if (length == 0) return false;
            fields = fields[(fields.LastIndexOf((byte)')') + 2)..];
            var isAsleep = fields[0] is (byte)'S' or (byte)'Z' or (byte)'X';
            for (var i = 0; i < ThreadsField; i++) fields = fields[(fields.IndexOf((byte)' ') + 1)..];
            return Utf8Parser.TryParse(fields, out threads, out _) && isAsleep;
        }
        catch (IOException)
        {
            // It has just ended; and with the first one the process, as its socket will say.
            if (states.Remove(thread, out var ended)) ended.Dispose();
            return thread == first;
        }
    }
}
