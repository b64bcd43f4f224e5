using Pcie.Emu.Guest.Preparing;

namespace Pcie.Emu.Guest.Machine;

/// <summary>The initramfs of a test: busybox, the script, and what it needs.</summary>
internal static class GuestImage
{
    private static readonly string[] LibrariesOfLspci =
        ["libc.so", "libpci", "libkmod", "libz.", "libudev", "libzstd", "liblzma", "libcrypto", "libresolv"];

    private static readonly string[] Empty = ["proc", "sys", "dev", "tmp", "out"];

    /// <param name="script">What the guest runs.</param>
    /// <param name="modules">Folder of modules to bring, and of programs; null for none.</param>
    /// <param name="withLspci">Whether lspci is needed.</param>
    /// <param name="extras">What it has besides.</param>
    public static void Write(string path, GuestParts parts, string script, string? modules, bool withLspci, GuestExtras extras)
    {
        using var stream = File.Create(path);
        var archive = new CpioArchive(stream);
        foreach (var folder in Empty) archive.AddFolder(folder);
        archive.AddDevice("dev/console", 5, 1);
        Add("init", Path.Combine(Scripts, "init.sh"));
        Add("test.sh", Path.Combine(Scripts, script));
        Add("bin/busybox", InTree(parts.Kernel, "bin/busybox"));
        archive.AddLink("bin/sh", "busybox");
        foreach (var (name, file) in extras.Files) Add(name, file);
        if (modules is not null)
            foreach (var file in Directory.EnumerateFiles(modules).Where(IsForGuest).Order(StringComparer.Ordinal)) Add(Path.GetFileName(file), file);
        if (withLspci) AddLspci();
        archive.End();

        void Add(string name, string file) => archive.AddFile(name, File.ReadAllBytes(file));

        void AddLspci()
        {
            Add("bin/lspci", InTree(parts.Lspci, "bin/lspci"));
            foreach (var folder in (string[])["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"])
                foreach (var library in Directory.EnumerateFiles(Path.Combine(parts.Lspci, folder), "lib*.so.*").Where(IsNeeded))
                    Add($"lib64/{Path.GetFileName(library)}", library);
            Add("lib64/ld-linux-x86-64.so.2", Path.Combine(parts.Lspci, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"));
        }
    }

    /// <summary>Scripts that guests run, beside this program.</summary>
    public static string Scripts => Path.Combine(AppContext.BaseDirectory, "guest", "scripts");

    private static string InTree(string tree, string path) =>
        new[] { Path.Combine(tree, path), Path.Combine(tree, "usr", path) }.First(File.Exists);

    private static bool IsForGuest(string file) => Path.GetExtension(file) is ".ko" or ".run";

    private static bool IsNeeded(string library) =>
        LibrariesOfLspci.Any(one => Path.GetFileName(library).StartsWith(one, StringComparison.Ordinal));
}
