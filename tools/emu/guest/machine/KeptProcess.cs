using System.Diagnostics;

namespace Pcie.Emu.Guest.Machine;

/// <summary>
/// A process that may be told to end with its parent, which for the system is the thread that has started it: that one lives as long as the process.
/// </summary>
internal sealed class KeptProcess : IDisposable
{
    private readonly Thread keeper;
    private readonly TaskCompletionSource<Process> started = new();

    /// <param name="start">What is started.</param>
    public KeptProcess(ProcessStartInfo start)
    {
        keeper = new Thread(() => Keep(start)) { IsBackground = true, Name = "keeper of a process" };
        keeper.Start();
        Process = started.Task.GetAwaiter().GetResult();
    }

    public Process Process { get; }

    /// <summary>Ends it, if it has not ended.</summary>
    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        keeper.Join();
        Process.Dispose();
    }

    private void Keep(ProcessStartInfo start)
    {
        try
        {
            var process = Process.Start(start)!;
            started.SetResult(process);
            process.WaitForExit();
        }
        catch (Exception e) when (!started.Task.IsCompleted)
        {
            started.SetException(e);
        }
    }
}
