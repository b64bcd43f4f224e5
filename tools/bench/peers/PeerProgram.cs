using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Pcie.Bench.Peers;

/// <summary>A program that measures what others do who simulate events, of a source that is among this one's resources.</summary>
internal sealed class PeerProgram : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bench-peer-").FullName;

    /// <param name="source">The resource's name, and the file's.</param>
    public PeerProgram(string source)
    {
        Source = Path.Combine(folder, source);
        using var text = typeof(PeerProgram).Assembly.GetManifestResourceStream(source)!;
        using var file = File.Create(Source);
        text.CopyTo(file);
    }

    /// <summary>Where the source is; what is built of it may lie beside it.</summary>
    public string Source { get; }

    /// <summary>Runs a program.</summary>
    /// <exception cref="InvalidOperationException">It is not there, or fails; the text says of whom it is.</exception>
    public static string Run(string whose, string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["SYSTEMC_DISABLE_COPYRIGHT_MESSAGE"] = "1";
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{whose} cannot be measured: {errors.Result.Trim()}");
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{whose} cannot be measured: {program}: {e.Message}");
        }
    }

    /// <summary>The last line of what was printed, a number.</summary>
    public static double Number(string output) => double.Parse(output.Trim().Split('\n')[^1], CultureInfo.InvariantCulture);

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
