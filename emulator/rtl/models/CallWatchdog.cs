using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>
/// Sees that calls into a shared library come back. One that does not cannot be broken off from outside: the process ends, with a sentence. So it
/// does when a call ends the process by exit, which would be silent, and a success. Of one that ends it by a signal <see cref="CrashWords"/> speaks.
/// </summary>
/// <remarks>A call costs two increments and what names it: the clock is the watchdog's own thread's.</remarks>
internal sealed unsafe partial class CallWatchdog : IDisposable
{
    private const int LooksPerLimit = 10;

    private static readonly ConcurrentDictionary<CallWatchdog, bool> All = new();

    // The process ends by itself, whatever calls are under way.
    private static volatile bool isOver;

    private readonly string card;
    private readonly TimeSpan limit;
    private readonly ManualResetEventSlim ended = new();

    // Odd while a call is going on.
    private long calls;
    private NativeFunction function = NativeFunction.Loading;
    private int thread;
    private long kernelThread;
    private CrashWords.Place* place;

    // Of the process: nobody else knows whether it is a call that ends it.
    static CallWatchdog()
    {
        if (OperatingSystem.IsWindows()) return;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => isOver = true;
        _ = AtExit(&Exiting, 0, 0);
    }

    /// <param name="card">What errors call the card.</param>
    /// <param name="limit">How long a call may take.</param>
    public CallWatchdog(string card, TimeSpan limit)
    {
        (this.card, this.limit) = (card, limit);
        place = CrashWords.Take(card);
        All[this] = true;
        new Thread(Watch) { IsBackground = true, Name = "RTL watchdog" }.Start();
    }

    /// <summary>The library is there.</summary>
    /// <param name="function">One of its functions.</param>
    public void Loaded(nint function) => CrashWords.Locate(place, function);

    /// <summary>A call begins.</summary>
    public void Enter(NativeFunction called)
    {
        function = called;
        if (thread != Environment.CurrentManagedThreadId)
            (thread, kernelThread) = (Environment.CurrentManagedThreadId, place is null ? 0 : CrashWords.ThreadOfKernel());
        Volatile.Write(ref calls, calls + 1);
        if (place is null) return;
        (place->Function, place->FunctionLength, place->Caller) = (called.Text, called.TextLength, kernelThread);
        Volatile.Write(ref place->Thread, kernelThread);
    }

    /// <summary>It has come back.</summary>
    public void Leave()
    {
        if (place is not null) Volatile.Write(ref place->Thread, 0);
        Volatile.Write(ref calls, calls + 1);
    }

    public void Dispose()
    {
        ended.Set();
        All.TryRemove(this, out _);
        CrashWords.Return(place);
        place = null;
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
    private static void Exiting(nint argument)
    {
        // If a call is under way, it is the call that ends the process.
        foreach (var (one, _) in All)
            if (!isOver && one.calls % 2 != 0)
                End($"{one.card}: {one.function} has called exit, which no function of rtl_card.h may, so that the process ends here. "
                    + "Return RTL_FAILED, and say why by log.");
    }

    [LibraryImport("libc", EntryPoint = "__cxa_atexit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int AtExit(delegate* unmanaged[Cdecl]<nint, void> handler, nint argument, nint library);

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void Exit(int status);
}
