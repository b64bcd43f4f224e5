using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>
/// Sees that calls into a shared library come back. One that does not cannot be broken off from outside: the process ends, with a sentence. So it
/// does when a call ends the process, by exit or abort, which would be silent, and a success with the one.
/// </summary>
/// <remarks>A call costs two increments: the clock is the watchdog's own thread's.</remarks>
internal sealed unsafe partial class CallWatchdog : IDisposable
{
    private const int LooksPerLimit = 10;

    private const int Abort = 6;

    private static readonly ConcurrentDictionary<CallWatchdog, bool> All = new();

    // The process ends by itself, whatever calls are under way.
    private static volatile bool isOver;

    private readonly string card;
    private readonly TimeSpan limit;
    private readonly ManualResetEventSlim ended = new();

    // Odd while a call is going on.
    private long calls;
    private string function = "";
    private int thread;

    // Of the process: nobody else knows whether it is a call that ends it.
    static CallWatchdog()
    {
        if (OperatingSystem.IsWindows()) return;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => isOver = true;
        _ = AtExit(&Exiting, 0, 0);
        OnSignal(Abort, &Aborting);
    }

    /// <param name="card">What errors call the card.</param>
    /// <param name="limit">How long a call may take.</param>
    public CallWatchdog(string card, TimeSpan limit)
    {
        (this.card, this.limit) = (card, limit);
        All[this] = true;
        new Thread(Watch) { IsBackground = true, Name = "RTL watchdog" }.Start();
    }

    /// <summary>A call begins.</summary>
    public void Enter(string called)
    {
        (function, thread) = (called, Environment.CurrentManagedThreadId);
        Volatile.Write(ref calls, calls + 1);
    }

    /// <summary>It has come back.</summary>
    public void Leave() => Volatile.Write(ref calls, calls + 1);

    public void Dispose()
    {
        ended.Set();
        All.TryRemove(this, out _);
    }

    private void Watch()
    {
        var (seen, looks) = (0L, 0);
        while (!ended.Wait(limit / LooksPerLimit))
        {
            var now = Volatile.Read(ref calls);
            looks = now == seen && now % 2 != 0 ? looks + 1 : 0;
            seen = now;
            if (looks > LooksPerLimit) End();
        }
    }

    private void End() => End($"{card}: {function} has not come back for {limit.TotalSeconds:0.###} s, so that the process ends here. "
        + "Is there a loop without an end in it, or a $stop? If it is only slow, raise watchdog in [card].");

    // If a call is under way, it is the call that ends the process.
    private static void End(Func<CallWatchdog, bool> couldBe, string how, string cure)
    {
        foreach (var (one, _) in All)
            if (!isOver && one.calls % 2 != 0 && couldBe(one))
                End($"{one.card}: {one.function} has called {how}, which no function of rtl_card.h may, so that the process ends here. {cure}");
    }

    // Exit would wait for threads that wait for the call.
    private static void End(string sentence)
    {
        Console.Error.WriteLine(sentence);
        Console.Error.Flush();
        if (OperatingSystem.IsWindows()) Environment.FailFast(null);
        Exit(Program.ExitStatus.Refused);
    }

    // The thread is none of the runtime's any more, by which it could be told.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Exiting(nint argument) => End(_ => true, "exit", "Return RTL_FAILED, and say why by log.");

    // When it returns, the process is aborted all the same.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Aborting(int signal) => End(one => one.thread == Environment.CurrentManagedThreadId, "abort",
        "Did an assertion fail, or did nobody catch an exception?");

    [LibraryImport("libc", EntryPoint = "__cxa_atexit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int AtExit(delegate* unmanaged[Cdecl]<nint, void> handler, nint argument, nint library);

    [LibraryImport("libc", EntryPoint = "signal")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial nint OnSignal(int signal, delegate* unmanaged[Cdecl]<int, void> handler);

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void Exit(int status);
}
