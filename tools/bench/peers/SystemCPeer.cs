using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Pcie.Bench.Table;

namespace Pcie.Bench.Peers;

/// <summary>SystemC (Debian: libsystemc-dev), by a program of ours that is built on the spot.</summary>
internal sealed class SystemCPeer : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bench-systemc-").FullName;

    /// <exception cref="InvalidOperationException">It cannot be built: there is no compiler, or no SystemC.</exception>
    public SystemCPeer()
    {
        using (var source = typeof(SystemCPeer).Assembly.GetManifestResourceStream("systemc.cpp")!)
        using (var file = File.Create(Path.Combine(folder, "systemc.cpp"))) source.CopyTo(file);
        var built = Run("g++", "-O2", "-std=c++17", "-o", Program, Path.Combine(folder, "systemc.cpp"), "-lsystemc");
        if (built.Status != 0)
            throw new InvalidOperationException($"The program for SystemC cannot be built (is libsystemc-dev installed?): {built.Errors}");
    }

    private string Program => Path.Combine(folder, "systemc");

    /// <summary>Twenty methods that run again and again (ns an event).</summary>
    public Reading Event() => new(double.Parse(Run(Program).Output.Trim().Split('\n')[^1], CultureInfo.InvariantCulture));

    private static (int Status, string Output, string Errors) Run(string program, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["SYSTEMC_DISABLE_COPYRIGHT_MESSAGE"] = "1";
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, errors.Result);
        }
        catch (Win32Exception e)
        {
            return (-1, "", e.Message);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);
}
