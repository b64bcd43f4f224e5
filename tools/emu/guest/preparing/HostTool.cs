using System.ComponentModel;
using System.Diagnostics;
using Pcie.Files;

namespace Pcie.Emu.Guest.Preparing;

/// <summary>A program of the system that a preparation uses.</summary>
internal static class HostTool
{
    private const int QuotedLines = 6;

    /// <summary>Runs it to its end.</summary>
    /// <param name="environment">Variables besides those of this process.</param>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="IOException">It is not there, or failed; the text has what it said.</exception>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken cancellation,
        IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = folder ?? "",
        };
        start.Environment["LC_ALL"] = "C";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellation), process.StandardError.ReadToEndAsync(cancellation));
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode == 0) return await output;
            var command = string.Join(' ', start.ArgumentList.Take(3));
            throw new IOException($"{program} {command} … failed with status {process.ExitCode}: {End(await errors + await output)}");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new IOException(
                $"The program {start.FileName} is not there; emu guest needs it. Install it, or use a Debian system that has it.");
        }
    }

    private static string End(string said) =>
        string.Join('\n', said.Trim().Split('\n').TakeLast(QuotedLines).Select(line => PrintableText.Of(line.TrimEnd(), 300)));
}
