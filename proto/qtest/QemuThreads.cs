using System.Globalization;

namespace Pcie.Qtest;

/// <summary>
/// Whether a process is at rest: every thread of it sleeps. A thread that is woken counts as running from then on, so that what a command has set off
/// in another one (a factorial of edu's, a disk's transfer, a bottom half) is over when none runs. The time that it took is none of the device's.
/// </summary>
/// <param name="process">Its number.</param>
internal sealed class QemuThreads(int process) : IDisposable
{
    private readonly string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task");
    private readonly Dictionary<string, FileStream> states = [];
    private readonly byte[] line = new byte[256];

    public bool AreAsleep
    {
        get
        {
            try
            {
                foreach (var thread in Directory.EnumerateDirectories(folder))
                    if (!IsAsleep(thread)) return false;
                return true;
            }
            catch (DirectoryNotFoundException)
            {
                // The process is gone, as its socket will say.
                return true;
            }
        }
    }

    public void Dispose()
    {
        foreach (var one in states.Values) one.Dispose();
    }

    // proc(5): the state is the letter behind the name, which stands in brackets.
    private bool IsAsleep(string thread)
    {
        try
        {
            if (!states.TryGetValue(thread, out var file))
                states[thread] = file = new FileStream(Path.Combine(thread, "stat"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            var length = RandomAccess.Read(file.SafeFileHandle, line, 0);
            var end = line.AsSpan(0, length).LastIndexOf((byte)')');
            return end < 0 || line[end + 2] is (byte)'S' or (byte)'Z' or (byte)'X';
        }
        catch (IOException)
        {
            // It has just ended.
            if (states.Remove(thread, out var file)) file.Dispose();
            return true;
        }
    }
}
