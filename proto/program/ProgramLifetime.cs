using System.Runtime.InteropServices;

namespace Pcie.Program;

/// <summary>When a program has to stop: when it is interrupted or asked to, when its terminal is gone, or its parent, if it is a child.</summary>
public sealed class ProgramLifetime : IDisposable
{
    // Not disposed: a signal or the end of input may come as late as it likes.
    private readonly CancellationTokenSource stop = new();
    private readonly PosixSignalRegistration[] signals;

    public ProgramLifetime() => signals =
        [.. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP]).Select(s => PosixSignalRegistration.Create(s, OnSignal))];

    /// <summary>Cancelled when the program has to stop.</summary>
    public CancellationToken Stopping => stop.Token;

    /// <summary>Stops now.</summary>
    public void Stop() => stop.Cancel();

    /// <summary>Stops when standard input ends: a parent that holds the other end of the pipe leaves no orphan, however it dies.</summary>
    public void StopAtEndOfInput() => new Thread(() =>
    {
        using var input = Console.OpenStandardInput();
        var buffer = new byte[256];
        while (input.Read(buffer) > 0)
        {
            // What a parent writes there means nothing; only that it ends.
        }
        stop.Cancel();
    }) { IsBackground = true, Name = "standard input" }.Start();

    public void Dispose()
    {
        foreach (var signal in signals) signal.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = true;
        stop.Cancel();
    }
}
