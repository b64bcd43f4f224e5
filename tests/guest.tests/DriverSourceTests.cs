using System.Diagnostics;
using Pcie.Emu.Guest.Preparing;
using Pcie.Fixtures.Programs;
using Pcie.Qtest;

namespace Pcie.Guest.Tests;

/// <summary>
/// The driver for Linux as the kernel's own tools judge it: the compiler with W=1, and sparse, which knows address spaces and byte orders.
/// </summary>
public sealed class DriverSourceTests
{
    // What both have something to say about.
    private const string Wrong = """
        #include <linux/module.h>
        __le32 wrong(int unused);
        __le32 wrong(int unused) { return unused; }
        MODULE_DESCRIPTION("Wrong");
        MODULE_LICENSE("GPL");

        """;

    [Fact]
    public async Task TheCompilerAndSparseHaveNothingToSayOfTheDriver()
    {
        await PreparedGuest.NeedAsync();
        Assert.SkipUnless(File.Exists("/usr/bin/sparse"), "sparse is not installed.");
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(Path.Combine(ShippedScenarios.Repository, "driver-model", "linux")))
            File.Copy(file, folder[Path.GetFileName(file)]);
        folder.Write("wrong.c", Wrong);
        File.AppendAllText(folder["Makefile"], "obj-m += wrong.o\n");
        var parts = new GuestParts(QemuProgram.DefaultCache);
        var headers = Path.Combine(parts.Kernel, "usr/src", $"linux-headers-{parts.KernelVersion}");

        using var make = RunningProgram.Start(new ProcessStartInfo("make", ["-C", headers, $"M={folder[""]}", "W=1", "C=2", "modules"]));

        Assert.True(await make.ExitAsync() == 0, make.ToString());
        var said = $"{make.Output}\n{make.Errors}".Split('\n');
        foreach (var source in (string[])["pcie_daq.c", "busy_dpc.c", "wrong.c"])
            Assert.Contains(said, line => line.Contains("CHECK ", StringComparison.Ordinal) && line.EndsWith(source, StringComparison.Ordinal));
        var warnings = said.Where(line => line.Contains("warning:", StringComparison.Ordinal)).ToList();
        Assert.Contains(warnings, line => line.Contains("wrong.c", StringComparison.Ordinal));
        Assert.DoesNotContain(warnings, line => !line.Contains("wrong.c", StringComparison.Ordinal));
    }
}
