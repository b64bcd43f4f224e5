namespace Pcie.Emu.Guest.Preparing;

/// <summary>What virtual machines are made of, in the cache.</summary>
/// <param name="Folder">The cache's.</param>
internal sealed record GuestParts(string Folder)
{
    /// <summary>QEMU, with every library that it needs.</summary>
    public string Qemu => Path.Combine(Folder, "qemu");

    /// <summary>Kernel, busybox, and what modules are built against.</summary>
    public string Kernel => Path.Combine(Folder, "kernel");

    /// <summary>pciutils, with every library that it needs.</summary>
    public string Lspci => Path.Combine(Folder, "lspci");

    /// <summary>What is used of the kernel's source, files without their folders; it may not be there.</summary>
    public string Source => Path.Combine(Folder, $"source-{KernelVersion}");

    /// <summary>The kernel as its package has it.</summary>
    public string PackedKernel => Directory.EnumerateFiles(Path.Combine(Kernel, "boot"), "vmlinuz-*").Single();

    /// <summary>The same, unpacked; it may not be there.</summary>
    public string UnpackedKernel => Path.Combine(Folder, $"unpacked-{KernelVersion}", "vmlinux");

    /// <summary>What is booted.</summary>
    public string KernelImage => File.Exists(UnpackedKernel) ? UnpackedKernel : PackedKernel;

    /// <summary>As in <c>uname -r</c>.</summary>
    public string KernelVersion => Path.GetFileName(PackedKernel)["vmlinuz-".Length..];
}
