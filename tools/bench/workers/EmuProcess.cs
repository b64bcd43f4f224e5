using System.Diagnostics;

namespace Pcie.Bench.Workers;

/// <summary>A program of ours that lies beside this one, as a process.</summary>
internal static class EmuProcess
{
    public static Process Start(string program, params IEnumerable<string> arguments) => Process.Start(
        new ProcessStartInfo("dotnet", arguments.Prepend(Path.Combine(AppContext.BaseDirectory, program)))
        {
            RedirectStandardOutput = true,
        })!;
}
