using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pcie.Emu.Guest.Preparing;

/// <summary>
/// Gets what virtual machines are made of, once: QEMU and a kernel from Debian's packages, and modules built against that kernel. Each part is a
/// folder of the cache that is there when it is whole.
/// </summary>
internal sealed class GuestPreparation
{
    // The first release whose QEMU knows vfio-user, and where a kernel of the system's own release with its tools is.
    private const string QemuRelease = "trixie";
    private static readonly Dictionary<string, string> Kernels = new()
    {
        ["bookworm"] = "linux-image-6.12-cloud-amd64", ["trixie"] = "linux-image-cloud-amd64",
    };

    private readonly GuestParts parts;
    private readonly Action<string> says;
    private readonly CancellationToken cancellation;

    private GuestPreparation(GuestParts parts, Action<string> says, CancellationToken cancellation) =>
        (this.parts, this.says, this.cancellation) = (parts, says, cancellation);

    /// <summary>Why this system cannot have virtual machines; null if it may.</summary>
    public static string? WhyNot() =>
        !OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture != Architecture.X64
            ? "virtual machines need Linux on x86-64"
            : Release() is not { } release || !Kernels.ContainsKey(release)
                ? $"the parts of a virtual machine are packages of Debian, and this system is no {string.Join(" or ", Kernels.Keys)}"
                : null;

    /// <summary>Gets what is not there.</summary>
    /// <param name="folder">Of the cache.</param>
    /// <param name="says">Told what is being done, a line each.</param>
    /// <exception cref="IOException">Something cannot be had.</exception>
    public static async Task<GuestParts> PrepareAsync(string folder, Action<string> says, CancellationToken cancellation)
    {
        if (WhyNot() is { } why) throw new IOException($"{why[..1].ToUpperInvariant()}{why[1..]}.");
        Directory.CreateDirectory(folder);
        var preparation = new GuestPreparation(new GuestParts(folder), says, cancellation);
        await using var turn = await preparation.TakeTurnAsync();
        await preparation.PrepareAsync();
        await preparation.UnpackKernelAsync();
        return preparation.parts;
    }

    /// <summary>Builds modules against the kernel, unless the same were built before.</summary>
    /// <returns>The folder that has them; null for none.</returns>
    /// <exception cref="IOException">They cannot be built.</exception>
    public static async Task<string?> BuildModulesAsync(
        GuestParts parts, GuestModules modules, Action<string> says, CancellationToken cancellation)
    {
        var preparation = new GuestPreparation(parts, says, cancellation);
        await using var turn = await preparation.TakeTurnAsync();
        return modules switch
        {
            GuestModules.Driver => await preparation.BuildAsync("modules", "linux", async folder =>
            {
                foreach (var program in (string[])["daq_map", "daq_cases"]) await preparation.CompileAsync(folder, program);
            }),
            GuestModules.EndpointTest => await preparation.BuildEndpointTestAsync(),
            GuestModules.Vfio => await preparation.UnpackModulesAsync("vfio", "irqbypass", "vfio", "vfio_iommu_type1", "vfio-pci-core", "vfio-pci"),
            _ => null,
        };
    }

    // For a guest that has no libraries; with headers of its kernel, where the system has none.
    private Task<string> CompileAsync(string folder, string program) => HostTool.RunAsync("gcc",
        ["-O1", "-static", "-idirafter", Path.Combine(parts.Kernel, $"usr/src/linux-headers-{Common(parts.KernelVersion)}-common/include/uapi"),
            "-o", Path.Combine(folder, $"{program}.run"), Path.Combine(folder, $"{program}.c")], cancellation);

    private static string? Release() => !File.Exists("/etc/os-release") ? null
        : File.ReadLines("/etc/os-release").Where(line => line.StartsWith("VERSION_CODENAME=", StringComparison.Ordinal))
            .Select(line => line["VERSION_CODENAME=".Length..].Trim('"')).FirstOrDefault();

    // Sources are a folder beside this program, with a Makefile as the kernel's build expects it.
    private async Task<string> BuildAsync(string name, string sources, Func<string, Task> add)
    {
        var files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, sources)).Order(StringComparer.Ordinal).ToList();
        var hash = Convert.ToHexStringLower(SHA256.HashData(files.SelectMany(File.ReadAllBytes).ToArray()))[..16];
        return await MakeAsync($"{name}-{parts.KernelVersion}-{hash}", name, async folder =>
        {
            foreach (var file in files) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            await add(folder);
            await HostTool.RunAsync("make",
                ["-s", "-C", Path.Combine(parts.Kernel, $"usr/src/linux-headers-{parts.KernelVersion}"), $"M={folder}", "W=1", "modules"],
                cancellation);
        });
    }

    // Modules of the kernel's own, which some kernels have compressed.
    private Task<string> UnpackModulesAsync(string name, params string[] modules) => MakeAsync($"{name}-{parts.KernelVersion}", name, async folder =>
    {
        foreach (var module in modules)
        {
            var file = Directory.EnumerateFiles(parts.Kernel, $"{module}.ko*", SearchOption.AllDirectories).FirstOrDefault()
                ?? throw new IOException($"Linux {parts.KernelVersion} has no module {module}.");
            var copy = Path.Combine(folder, Path.GetFileName(file));
            File.Copy(file, copy);
            if (copy.EndsWith(".xz", StringComparison.Ordinal)) await HostTool.RunAsync("xz", ["-d", copy], cancellation);
        }
    });

    // The driver from the kernel's source, and the program that has it do its tests.
    private async Task<string> BuildEndpointTestAsync()
    {
        const string Driver = "pci_endpoint_test.c";
        var source = await MakeAsync(Path.GetFileName(parts.Source), "source", UnpackSourceAsync);
        return await BuildAsync("endpoint-test", "guest/endpoint-test", folder =>
        {
            File.Copy(Path.Combine(source, Driver), Path.Combine(folder, Driver));
            return CompileAsync(folder, "cases");
        });
    }

    // Of its package, which has 80,000 files: a driver; and what a driver's style is judged by, with its lists.
    private async Task UnpackSourceAsync(string folder)
    {
        string[] files =
            ["drivers/misc/pci_endpoint_test.c", "scripts/checkpatch.pl", "scripts/spelling.txt", "scripts/const_structs.checkpatch"];
        var series = string.Join('.', parts.KernelVersion.Split('.').Take(2));
        var source = $"linux-source-{series}";
        using var state = new TemporaryState(parts.Folder);
        var packages = await OpenSystemsAsync(state.Path);
        says("the kernel's source, 150 MB");
        await packages.UnpackAloneAsync(state.Path, source);
        await HostTool.RunAsync("tar",
            ["-xf", Path.Combine(state.Path, $"usr/src/{source}.tar.xz"), "-I", "xz -T0", "-C", folder, "--transform=s|.*/||", "--occurrence=1",
                .. files.Select(file => $"{source}/{file}")], cancellation);
    }

    private async Task PrepareAsync()
    {
        if (Directory.Exists(parts.Qemu) && Directory.Exists(parts.Kernel) && Directory.Exists(parts.Lspci)) return;
        var release = Release()!;
        var (main, security) = await SystemsSourcesAsync();
        await MakeAsync("qemu", "QEMU", async folder =>
        {
            using var state = new TemporaryState(parts.Folder);
            says("lists of packages");
            var packages = await PrivatePackages.OpenAsync(state.Path,
                [(main, QemuRelease), (main, $"{QemuRelease}-backports"), (security, $"{QemuRelease}-security")], cancellation);
            says("QEMU and its libraries, 40 MB");
            await packages.UnpackWholeAsync(folder, $"{QemuRelease}-backports", "qemu-system-x86");
        });
        using var state = new TemporaryState(parts.Folder);
        var packages = await OpenSystemsAsync(state.Path);
        await MakeAsync("lspci", "pciutils", folder => packages.UnpackWholeAsync(folder, release, "pciutils"));
        await MakeAsync("kernel", "kernel", async folder =>
        {
            var image = await packages.DependencyAsync(Kernels[release], "linux-image-");
            says($"{image} and its headers, 52 MB");
            var version = image["linux-image-".Length..];
            var common = Common(version);
            await packages.UnpackAloneAsync(folder, image, $"linux-headers-{version}", $"linux-headers-{common}-common", $"linux-kbuild-{common}",
                "busybox-static");
            Relocate(folder, version);
        });
    }

    // What 6.12.1+deb12-cloud-amd64 has in common with others of its version.
    private static string Common(string version) => version[..version.IndexOf("-cloud", StringComparison.Ordinal)];

    // Packages as this system has them.
    private async Task<PrivatePackages> OpenSystemsAsync(string folder)
    {
        var (main, security) = await SystemsSourcesAsync();
        says("lists of packages");
        return await PrivatePackages.OpenAsync(folder, [(main, Release()!), (security, $"{Release()}-security")], cancellation);
    }

    private async Task<(string Main, string Security)> SystemsSourcesAsync()
    {
        var release = Release()!;
        var system = await PrivatePackages.SourcesOfSystemAsync(cancellation);
        return Of(release) is { } main && Of($"{release}-security") is { } security ? (main, security)
            : throw new IOException($"This system has no sources of packages for {release} and {release}-security; emu guest uses the same.");

        string? Of(string suite) => system.Where(source => source.Suite == suite).Select(source => source.Uri).FirstOrDefault();
    }

    // The headers are to be where they are unpacked, not where they would be installed; and without the kernel's debug information, nothing is made
    // of it.
    private void Relocate(string folder, string version)
    {
        var headers = Path.Combine(folder, $"usr/src/linux-headers-{version}");
        var makefile = Path.Combine(headers, "Makefile");
        File.WriteAllText(makefile, File.ReadAllText(makefile).Replace("/usr/src/", $"{parts.Kernel}/usr/src/", StringComparison.Ordinal));
        File.Delete(Path.Combine(headers, "vmlinux"));
    }

    // A packed kernel does as well, and takes longer.
    private async Task UnpackKernelAsync()
    {
        try
        {
            await MakeAsync(Path.GetFileName(Path.GetDirectoryName(parts.UnpackedKernel)!), "kernel, unpacked",
                folder => PackedKernel.UnpackAsync(parts.PackedKernel, Path.Combine(folder, Path.GetFileName(parts.UnpackedKernel)), cancellation));
        }
        catch (IOException e)
        {
            says($"the kernel stays packed: {e.Message}");
        }
    }

    // What is not whole has another name.
    private async Task<string> MakeAsync(string name, string what, Func<string, Task> make)
    {
        var whole = Path.Combine(parts.Folder, name);
        if (Directory.Exists(whole)) return whole;
        says(what);
        var unfinished = $"{whole}.unfinished";
        if (Directory.Exists(unfinished)) Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(unfinished);
        try
        {
            await make(unfinished);
            Directory.Move(unfinished, whole);
            return whole;
        }
        catch
        {
            Directory.Delete(unfinished, recursive: true);
            throw;
        }
    }

    // One process at a time prepares; others wait for it and find it done. What is temporary is left of one that was killed, then.
    private async Task<FileStream> TakeTurnAsync()
    {
        while (true)
        {
            try
            {
                var turn = new FileStream(Path.Combine(parts.Folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                foreach (var left in Directory.EnumerateDirectories(parts.Folder, $"{TemporaryState.Prefix}*"))
                    Directory.Delete(left, recursive: true);
                return turn;
            }
            catch (IOException) when (File.Exists(Path.Combine(parts.Folder, "lock")))
            {
                await Task.Delay(TimeSpan.FromSeconds(0.2), cancellation);
            }
        }
    }

    private sealed class TemporaryState(string folder) : IDisposable
    {
        public const string Prefix = "apt-";

        public string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(folder, $"{Prefix}{Environment.ProcessId}")).FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
