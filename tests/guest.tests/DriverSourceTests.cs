using System.Diagnostics;
using Pcie.Emu.Guest.Preparing;
using Pcie.Fixtures.Programs;
using Pcie.Qtest;

namespace Pcie.Guest.Tests;

/// <summary>
/// The driver for Linux as the kernel's own tools judge it: the compiler with W=1; sparse, which knows address spaces and byte orders; and
/// checkpatch.pl, which knows the kernel's style and what is not used any more.
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

    // Of which the last has something to say.
    private const string Odd = """
        /* SPDX-License-Identifier: MIT */
        static inline int odd(int a){
            return(a);
        }

        """;

    [Fact]
    public async Task CheckpatchHasNothingToSayOfTheDriver()
    {
        await PreparedGuest.NeedAsync();
        var script = Path.Combine(new GuestParts(QemuProgram.DefaultCache).Source, "checkpatch.pl");
        using var folder = new TemporaryFolder();
        var odd = folder.Write("odd.h", Odd);
        var sources = Directory.GetFiles(Path.Combine(ShippedScenarios.Repository, "driver-model", "linux"))
            .Where(file => Path.GetExtension(file) is ".c" or ".h").Append(odd);

        using var check = RunningProgram.Start(
            new ProcessStartInfo("perl", [script, "--no-tree", "--max-line-length=150", "--terse", "--show-types", "-f", .. sources]));
        await check.ExitAsync();

        Assert.SkipWhen(check.Errors.Contains("Can't locate", StringComparison.Ordinal), $"Perl's modules are not installed: {check.Errors}");
        var said = check.Output.Split('\n').Where(line => line.Contains(": WARNING:", StringComparison.Ordinal)
            || line.Contains(": ERROR:", StringComparison.Ordinal)).ToList();
        Assert.Contains(said, line => line.Contains("odd.h", StringComparison.Ordinal));
        Assert.DoesNotContain(said, line => !line.Contains("odd.h", StringComparison.Ordinal));
    }

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
