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
    private readonly QemuThread first = new(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task/{process}"));

    // All but the first.
    private readonly List<QemuThread> others = [];

    /// <remarks>
    /// Threads are looked at one after the other, and one that slept may have been woken by one that sleeps now. All slept at the moment at which the
    /// first did, if each that runs now and then slept before and after that and has not begun to run in between, and each that is quiet sleeps after
    /// it and has not begun to run since all slept last: whoever had been woken by that moment runs by now, or has begun to.
    /// </remarks>
    public bool AreAsleep
    {
        get
        {
            foreach (var thread in others)
            {
                if (thread.IsQuiet) continue;
                thread.CountRuns();
                if (!thread.IsAsleep(out _)) return Refuse(thread);
            }
            // With it the process has ended, as its socket will say.
            if (!first.IsAsleep(out var threads)) return first.HasEnded;
            if (threads != others.Count + 1)
            {
                Find();
                return false;
            }
            // Those first that are likely to be found awake.
            foreach (var thread in others)
                if (!thread.IsQuiet && (!thread.IsAsleep(out _) || thread.HasRun())) return Refuse(thread);
            foreach (var thread in others)
                if (thread.IsQuiet && (!thread.IsAsleep(out _) || thread.HasRun())) return Refuse(thread);
            foreach (var thread in others) thread.Rest();
            return true;
        }
    }

    public void Dispose()
    {
        first.Dispose();
        foreach (var thread in others) thread.Dispose();
    }

    private bool Refuse(QemuThread thread)
    {
        if (thread.HasEnded) Find();
        return false;
    }

    private void Find()
    {
        foreach (var thread in others) thread.Dispose();
        others.Clear();
        try
        {
            others.AddRange(Directory.EnumerateDirectories(folder).Where(path => path != first.Path).Select(path => new QemuThread(path)));
        }
        catch (DirectoryNotFoundException)
        {
            // The process has ended.
        }
    }
}
