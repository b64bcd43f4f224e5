using System.Diagnostics;
using System.Formats.Tar;
using Pcie.Emu.Guest.Preparing;
using Pcie.Files;
using Pcie.Qtest;

namespace Pcie.Emu.Guest.Machine;

/// <summary>
/// QEMU with our cards, each behind a root port, for one run of one script. Nothing of it is left when the run is over, however it ends.
/// </summary>
internal static class VirtualMachine
{
    private const string Results = "results.tar";

    // Behind devices of QEMU's, so that the first card is 01:00.0.
    // So far apart that all of them have one line of the machine's four (interrupts are swizzled by the number of the slot).
    private const int FirstPort = 8, PortStride = 4;

    /// <param name="folder">For the image and the results; made.</param>
    /// <param name="sockets">Where the cards are.</param>
    /// <param name="image">The initramfs.</param>
    /// <param name="processors">Of the guest.</param>
    /// <param name="extras">What it has besides.</param>
    /// <param name="limit">A guest that is up longer is ended.</param>
    /// <param name="answer">Told each line of the guest's console; what it returns, if anything, is typed there.</param>
    /// <exception cref="IOException">QEMU failed, or the guest did not end.</exception>
    public static async Task<GuestResult> RunAsync(GuestParts parts, string folder, IReadOnlyList<string> sockets, string image, int processors,
        GuestExtras extras, TimeSpan limit, Func<string, string?> answer, CancellationToken cancellation)
    {
        var results = Path.Combine(folder, Results);
        var arguments = Arguments(parts, sockets, image, results, processors, extras).ToList();
        var start = new ProcessStartInfo(arguments[0], arguments.Skip(1))
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["QEMU_MODULE_DIR"] = Path.Combine(parts.Qemu, "usr/lib/x86_64-linux-gnu/qemu");
        var console = new List<string>();
        using var kept = new KeptProcess(start);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(limit);
        try
        {
            await TalkAsync(kept.Process, console, answer, limited.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new IOException($"The guest did not end within {limit.TotalSeconds} s. The guest's last words: {Last(console)}.");
        }
        var files = Directory.CreateDirectory(Path.Combine(folder, "files")).FullName;
        if (File.Exists(results)) Unpack(results, files);
        return new GuestResult(files, console);
    }

    // Until it has ended.
    private static async Task TalkAsync(Process process, List<string> console, Func<string, string?> answer, CancellationToken cancellation)
    {
        var errors = process.StandardError.ReadToEndAsync(cancellation);
        while (await process.StandardOutput.ReadLineAsync(cancellation) is { } line)
        {
            console.Add(PrintableText.Of(line.TrimEnd('\r')));
            if (answer(console[^1]) is not { } typed) continue;
            await process.StandardInput.WriteAsync($"{typed}\n".AsMemory(), cancellation);
            await process.StandardInput.FlushAsync(cancellation);
        }
        await process.WaitForExitAsync(cancellation);
        if (process.ExitCode != 0)
            throw new IOException($"QEMU ended with status {process.ExitCode}. The guest's last words: {Last(console)}. "
                + $"QEMU said: {PrintableText.Of((await errors).Trim(), 2000)}");
    }

    private static IEnumerable<string> Arguments(
        GuestParts parts, IReadOnlyList<string> sockets, string image, string results, int processors, GuestExtras extras) =>
    [
        .. QemuProgram.InTree(parts.Qemu, "usr/bin/qemu-system-x86_64"), "-run-with", "exit-with-parent=on",
        "-L", Path.Combine(parts.Qemu, "usr/share/qemu"), "-L", Path.Combine(parts.Qemu, "usr/share/seabios"),
        "-accel", "tcg", "-cpu", "max", "-smp", $"{processors}", "-m", $"{extras.MegaBytes}",
        // Memory that the card can be given a file of.
        .. extras.SharesMemory
            ? (string[])["-machine", "q35,memory-backend=mem", "-object", $"memory-backend-memfd,id=mem,size={extras.MegaBytes}M,share=on"]
            : ["-machine", "q35"],
        // For more than one message of MSI: the kernel grants them only where interrupts are remapped.
        "-device", extras.Translates ? "intel-iommu,intremap=on,caching-mode=on" : "intel-iommu,intremap=on",
        "-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-serial", "stdio",
        .. extras.Restarts ? (string[])[] : ["-no-reboot"],
        // Where the machine is busy, the guest's timer comes late, which the kernel would take for a defect of remapping, and panic. With an IOMMU
        // that translates, what a transfer was given is taken back at once, not by the dozen.
        "-kernel", parts.KernelImage, "-initrd", image,
        "-append", $"console=ttyS0 panic=-1 quiet no_timer_check intel_iommu={(extras.Translates ? "on iommu.strict=1" : "off")}", .. extras.Devices,
        "-device", "virtio-serial-pci", "-chardev", $"file,id=results,path={results}", "-device", "virtserialport,chardev=results,name=results",
        .. sockets.SelectMany((socket, slot) => (string[])
        [
            "-device", $"pcie-root-port,id=rp{slot},chassis=1,slot={slot},addr=0x{FirstPort + PortStride * slot:X},x-speed=8,x-width=4",
            "-device", $$$"""{"driver":"vfio-user-pci","bus":"rp{{{slot}}}","socket":{"type":"unix","path":"{{{socket}}}"}}""",
        ]),
    ];

    private static string Last(List<string> console) => string.Join(" | ", console.TakeLast(4));

    // Files of one folder: a guest has no business elsewhere.
    private static void Unpack(string archive, string folder)
    {
        using var stream = File.OpenRead(archive);
        using var reader = new TarReader(stream);
        while (reader.GetNextEntry() is { } entry)
            if (entry is { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile, DataStream: { } data })
            {
                using var file = File.Create(Path.Combine(folder, Path.GetFileName(entry.Name)));
                data.CopyTo(file);
            }
            else if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                File.WriteAllBytes(Path.Combine(folder, Path.GetFileName(entry.Name)), []);
    }
}
