using System.Runtime.InteropServices;

namespace Pcie.Bench.Floors;

/// <summary>Where the threads of a floor run, and whether the processors go to sleep in between; Linux only.</summary>
internal static unsafe partial class Cores
{
    private const int Idle = 5;

    public static bool CanChoose => OperatingSystem.IsLinux();

    /// <summary>The calling thread runs on the first processor alone from now on.</summary>
    public static void Pin()
    {
        var mask = 1UL;
        if (CanChoose) _ = SetAffinity(0, sizeof(ulong), &mask);
    }

    /// <summary>Keeps all processors from halting until it is disposed of, by threads that run when nobody else wants to.</summary>
    public static IDisposable KeepAwake()
    {
        var stop = new CancellationTokenSource();
        for (var i = 0; i < Environment.ProcessorCount; i++)
            new Thread(() =>
            {
                var none = 0;
                if (SetScheduler(0, Idle, &none) != 0) return;
                while (!stop.IsCancellationRequested) Thread.SpinWait(10);
            }) { IsBackground = true, Name = "keeps a processor awake" }.Start();
        return new Stop(stop);
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nint size, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static partial int SetScheduler(int thread, int policy, int* parameters);

    private sealed class Stop(CancellationTokenSource stop) : IDisposable
    {
        public void Dispose() => stop.Cancel();
    }
}
