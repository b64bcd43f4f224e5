using System.Runtime.InteropServices;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>
/// Sees that calls into a shared library come back. One that does not cannot be broken off from outside: the process ends, with a sentence.
/// </summary>
/// <remarks>A call costs two increments: the clock is the watchdog's own thread's.</remarks>
internal sealed partial class CallWatchdog : IDisposable
{
    private const int LooksPerLimit = 10;

    private readonly string card;
    private readonly TimeSpan limit;
    private readonly ManualResetEventSlim ended = new();

    // Odd while a call is going on.
    private long calls;
    private string function = "";

    /// <param name="card">What errors call the card.</param>
    /// <param name="limit">How long a call may take.</param>
    public CallWatchdog(string card, TimeSpan limit)
    {
        (this.card, this.limit) = (card, limit);
        new Thread(Watch) { IsBackground = true, Name = "RTL watchdog" }.Start();
    }

    /// <summary>A call begins.</summary>
    public void Enter(string called)
    {
        function = called;
        Volatile.Write(ref calls, calls + 1);
    }

    /// <summary>It has come back.</summary>
    public void Leave() => Volatile.Write(ref calls, calls + 1);

    public void Dispose() => ended.Set();

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

    // Exit would wait for threads that wait for the call.
    private void End()
    {
        Console.Error.WriteLine($"{card}: {function} has not come back for {limit.TotalSeconds:0.###} s, so that the process ends here. "
            + "Is there a loop without an end in it, or a $stop? If it is only slow, raise watchdog in [card].");
        Console.Error.Flush();
        if (OperatingSystem.IsWindows()) Environment.FailFast(null);
        Exit(Program.ExitStatus.Refused);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial void Exit(int status);
}
