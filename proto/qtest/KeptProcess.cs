using System.Diagnostics;

namespace Pcie.Qtest;

/// <summary>
/// A process that may be told to end with its parent, which for the system is the thread that has started it: that one lives as long as the process.
/// </summary>
public sealed class KeptProcess : IDisposable
{
    private readonly Thread keeper;
    private readonly TaskCompletionSource<Process> started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="start">What is started.</param>
    /// <param name="meanwhile">What the thread does until the process ends; null for nothing.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public KeptProcess(ProcessStartInfo start, Action<Process>? meanwhile = null)
    {
        keeper = new Thread(() => Keep(start, meanwhile)) { IsBackground = true, Name = $"keeper of {Path.GetFileName(start.FileName)}" };
        keeper.Start();
        Process = started.Task.GetAwaiter().GetResult();
    }

    public Process Process { get; }

    /// <summary>Whether it has ended, and all that is done meanwhile.</summary>
    public bool HasEnded => !keeper.IsAlive;

    /// <summary>Waits until it has.</summary>
    /// <param name="most">No longer than this.</param>
    public void WaitForEnd(TimeSpan most) => keeper.Join(most);

    /// <summary>Ends it, if it has not ended.</summary>
    public void Dispose()
    {
        if (!Process.HasExited) Process.Kill(entireProcessTree: true);
        keeper.Join();
        Process.Dispose();
    }

    private void Keep(ProcessStartInfo start, Action<Process>? meanwhile)
    {
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Exception e)
        {
            started.SetException(e);
            return;
        }
        started.SetResult(process);
        meanwhile?.Invoke(process);
        process.WaitForExit();
    }
}
