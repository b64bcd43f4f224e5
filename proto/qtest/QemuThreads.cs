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
    private readonly Dictionary<string, FileStream> states = [];
    private readonly byte[] line = new byte[512];

    public bool AreAsleep
    {
        get
        {
            if (!IsAsleep(first, out var threads)) return false;
            // As many as are known, and all there: they are the same ones.
            if (threads > 0 && threads != states.Count) Find();
            foreach (var thread in states.Keys)
                if (thread != first && !IsAsleep(thread, out _)) return false;
            return threads == 0 || threads == states.Count;
        }
    }

    public void Dispose()
    {
        foreach (var one in states.Values) one.Dispose();
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
