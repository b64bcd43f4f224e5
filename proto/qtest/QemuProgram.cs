using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Pcie.Files;

namespace Pcie.Qtest;

/// <summary>A QEMU that can lend its devices.</summary>
/// <param name="Command">Program, and arguments before all others.</param>
/// <param name="ModuleFolder">Where it has its modules; null for where it looks by itself.</param>
/// <param name="IsOlder">Whether it is older than <see cref="First"/>: it lends its devices by the wall clock alone.</param>
public sealed partial record QemuProgram(IReadOnlyList<string> Command, string? ModuleFolder, bool IsOlder = false)
{
    /// <summary>The first whose clock is led here: it is a client of vfio-user, by which its devices reach host memory.</summary>
    internal static readonly Version First = new(10, 1);

    // That of Debian 12.
    private static readonly Version Oldest = new(7, 2);

    private const string Name = "qemu-system-x86_64";
    private const string Remedy = "Run 'emu guest --prepare', which fetches a QEMU and installs nothing, or install qemu-system-x86 of 10.1 or later "
        + "with its accelerator qtest; an older one lends its devices by the wall clock.";

    /// <summary>Where a fetched QEMU and what belongs to it are kept, unless another place is named.</summary>
    public static string DefaultCache => Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "pcie-emulator", "guest");

    /// <summary>The one that has been fetched, or else the system's.</summary>
    /// <exception cref="IOException">There is none, or none that can; the text says what to do.</exception>
    public static QemuProgram Find() => FindIn(Path.Combine(DefaultCache, "qemu"), (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'));

    /// <summary>As <see cref="Find"/>; null if there is none.</summary>
    public static QemuProgram? TryFind()
    {
        try
        {
            return Find();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>A command line that runs a program of a tree of packages with that tree's own libraries.</summary>
    public static IEnumerable<string> InTree(string tree, string program) =>
    [
        Path.Combine(tree, "usr/lib64/ld-linux-x86-64.so.2") is var usr && File.Exists(usr) ? usr : Path.Combine(tree, "lib64/ld-linux-x86-64.so.2"),
        "--library-path", $"{tree}/usr/lib/x86_64-linux-gnu:{tree}/lib/x86_64-linux-gnu",
        "--argv0", Path.GetFileName(program), Path.Combine(tree, program),
    ];

    /// <summary>QEMU of a tree of packages.</summary>
    public static QemuProgram OfTree(string tree) => new(
        [.. InTree(tree, $"usr/bin/{Name}"), "-L", Path.Combine(tree, "usr/share/qemu"), "-L", Path.Combine(tree, "usr/share/seabios")],
        Path.Combine(tree, "usr/lib/x86_64-linux-gnu/qemu"));

    internal static QemuProgram FindIn(string fetched, IEnumerable<string> path)
    {
        if (Directory.Exists(fetched)) return OfTree(fetched);
        if (path.Select(folder => Path.Combine(folder, Name)).FirstOrDefault(File.Exists) is not { } installed)
            throw new IOException($"There is no QEMU here whose devices could be attached. {Remedy}");
        var said = VersionOf(installed);
        return Number().Match(said) is { Success: true } version && Version.Parse(version.Value) is var number && number >= Oldest
            ? new QemuProgram([installed], null, IsOlder: number < First)
            : throw new IOException($"The QEMU of this system, {installed}, says '{PrintableText.Of(said.Split('\n')[0], 80)}'; expected {Oldest} or "
                + $"later. {Remedy}");
    }

    private static string VersionOf(string program)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, ["--version"]) { RedirectStandardOutput = true })!;
            var said = new char[200];
            var length = process.StandardOutput.ReadBlock(said);
            process.Kill();
            return new string(said, 0, length);
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            return e.Message;
        }
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex Number();
}
