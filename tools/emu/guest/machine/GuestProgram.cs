using System.Text.Json;

namespace Pcie.Emu.Guest.Machine;

/// <summary>
/// A program of ours for a guest that has no .NET: its assemblies, and the runtime and libraries of the system that this very process runs on.
/// </summary>
internal static class GuestProgram
{
    /// <summary>What runs it in the guest.</summary>
    public const string Host = "/dotnet/dotnet";

    private static readonly string[] Libraries =
        ["libc", "libm", "libdl", "libpthread", "librt", "libgcc_s", "libstdc++", "libssl", "libcrypto", "libz", "libzstd"];

    /// <summary>Where its assembly is in the guest.</summary>
    public static string PathOf(string program) => $"/app/{program}.dll";

    /// <param name="program">The name of its assembly, beside this one's.</param>
    /// <exception cref="IOException">This process does not run on a runtime that is installed.</exception>
    public static IReadOnlyList<(string Path, string File)> FilesOf(string program)
    {
        var (runtime, web) = (PlatformFolderOf("System.Private.CoreLib.dll"), PlatformFolderOf("Microsoft.AspNetCore.dll"));
        var root = runtime is null ? "" : Path.GetFullPath(Path.Combine(runtime, "../../.."));
        var host = Path.Combine(root, "dotnet");
        if (runtime is null || web is null || !File.Exists(host))
            throw new IOException("A guest is given the runtime that this program runs on, which is none that is installed: run emu with dotnet.");
        var folders = new[] { runtime, web }.Append(Path.Combine(root, "host/fxr", Path.GetFileName(runtime)));
        return
        [
            ("dotnet/dotnet", host),
            .. folders.SelectMany(Directory.EnumerateFiles).Where(file => !file.EndsWith(".xml", StringComparison.Ordinal))
                .Select(file => ($"dotnet/{Path.GetRelativePath(root, file)}", file)),
            .. AssembliesOf(program).Select(file => ($"app/{Path.GetFileName(file)}", file)),
            .. SystemLibraries().Select(file => ($"lib64/{NameOf(file)}", file)),
        ];
    }

    // Where the runtime has an assembly of its own from; in a program of one file, nowhere.
    private static string? PlatformFolderOf(string assembly) => (AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") as string ?? "")
        .Split(Path.PathSeparator).Where(file => Path.GetFileName(file) == assembly).Select(Path.GetDirectoryName).FirstOrDefault();

    // Those that its list of dependencies names, and what the host reads.
    private static IEnumerable<string> AssembliesOf(string program)
    {
        var list = Path.Combine(AppContext.BaseDirectory, $"{program}.deps.json");
        using var parsed = JsonDocument.Parse(File.ReadAllBytes(list));
        var named = parsed.RootElement.GetProperty("targets").EnumerateObject().SelectMany(target => target.Value.EnumerateObject())
            .Where(library => library.Value.TryGetProperty("runtime", out _))
            .SelectMany(library => library.Value.GetProperty("runtime").EnumerateObject()).Select(file => Path.GetFileName(file.Name)).ToList();
        return named.Append($"{program}.deps.json").Append($"{program}.runtimeconfig.json")
            .Select(file => Path.Combine(AppContext.BaseDirectory, file)).Where(File.Exists);
    }

    // By which others ask for it: libstdc++.so.6.0.30 is libstdc++.so.6.
    private static string NameOf(string library)
    {
        var name = Path.GetFileName(library);
        var version = name.IndexOf(".so.", StringComparison.Ordinal) is >= 0 and var at ? name.IndexOf('.', at + 4) : -1;
        return version < 0 ? name : name[..version];
    }

    // What this process has loaded of the system is what its runtime needs.
    private static IEnumerable<string> SystemLibraries() => File.ReadLines("/proc/self/maps")
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields.Length > 5)
        .Select(fields => fields[5]).Distinct()
        .Where(file => Path.GetFileName(file) is var name && (name.StartsWith("ld-linux", StringComparison.Ordinal)
            || Libraries.Any(library => name.StartsWith($"{library}.so", StringComparison.Ordinal))));
}
