using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pcie.Emu.Running;

/// <summary>
/// One of our programs as a child process. It ends when this object is disposed, and by itself when this process dies, however: it
/// watches the pipe that is its standard input. Its log goes to our standard error.
/// </summary>
public sealed class ChildProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private readonly Process process;

    private ChildProgram(Process process) => this.process = process;

    public int ProcessId => process.Id;

    /// <summary>What the program prints for others to read.</summary>
    public StreamReader Output => process.StandardOutput;

    // The commands by which emu is these programs: where all is one file, there is nothing beside it.
    private static readonly Dictionary<string, string> CommandOf = new() { ["emulator"] = "card", ["driver-model"] = "host" };

    /// <summary>Starts a program that lies beside this one, or if none does, this one as that.</summary>
    /// <param name="name">"emulator" or "driver-model".</param>
    /// <exception cref="FileNotFoundException">It does not lie there.</exception>
    public static ChildProgram Start(string name, params IEnumerable<string> arguments)
    {
        var (file, program) = CommandLineOf(name, AppContext.BaseDirectory, Environment.ProcessPath);
        return Start(file, [program, .. arguments]);
    }

    /// <summary>Starts a program of somebody's, which takes our programs' options.</summary>
    /// <param name="path">Of the program, or of its assembly.</param>
    /// <exception cref="FormatException">It cannot be started.</exception>
    public static ChildProgram StartFile(string path, IEnumerable<string> arguments)
    {
        try
        {
            return path.EndsWith(".dll", StringComparison.OrdinalIgnoreCase) ? Start(Muxer(), [path, .. arguments]) : Start(path, [.. arguments]);
        }
        catch (Win32Exception e)
        {
            throw new FormatException($"{path} cannot be started: {e.Message}", e);
        }
    }

    private static ChildProgram Start(string file, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(file, [.. arguments, "--exit-with-stdin"]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return new ChildProgram(Process.Start(start)!);
    }

    /// <returns>Its exit status.</returns>
    public async Task<int> WaitForExitAsync(CancellationToken cancellation)
    {
        await process.WaitForExitAsync(cancellation);
        return process.ExitCode;
    }

    /// <summary>Asks it to end.</summary>
    public void RequestExit()
    {
        try
        {
            process.StandardInput.Close();
        }
        catch (InvalidOperationException)
        {
            // It had been asked already.
        }
    }

    /// <summary>Asks it to end, and ends it if it does not.</summary>
    public void Dispose()
    {
        RequestExit();
        try
        {
            if (!process.WaitForExit(Patience)) process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It had ended already.
        }
        process.Dispose();
    }

    /// <summary>The file that is to be started as a program, and its first argument.</summary>
    /// <param name="folder">Where programs may lie.</param>
    /// <param name="self">The file of this process.</param>
    /// <exception cref="FileNotFoundException">The program does not lie there, and this process is not emu.</exception>
    internal static (string File, string Argument) CommandLineOf(string name, string folder, string? self)
    {
        var path = Path.Combine(folder, $"{name}.dll");
        if (File.Exists(path)) return (Muxer(), path);
        return self is not null && Path.GetFileNameWithoutExtension(self) == "emu" ? (self, CommandOf[name])
            : throw new FileNotFoundException($"The program {name} is not beside this one, in {folder}.");
    }

    // The dotnet that runs us: two directories above the framework's own.
    private static string Muxer()
    {
        var root = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        var muxer = Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(muxer) ? muxer : "dotnet";
    }
}
