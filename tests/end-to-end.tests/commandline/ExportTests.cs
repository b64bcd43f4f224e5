using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu export</c>: traces for ui.perfetto.dev.</summary>
public sealed class ExportTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "samples", "linux-irq-softirq-loopback-tcp.ftrace.gz");

    [Fact]
    public async Task ARunThatWritesAPerfettoTraceWritesWhatExportMakesOfItsOwn()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await EmuInProcess.RunAsync("run", "raised-irql", "--trace", folder["own.trace"])).Status);
        Assert.Equal(0, (await EmuInProcess.RunAsync("run", "raised-irql", "--trace", folder["direct.perfetto-trace"])).Status);
        var exported = await EmuInProcess.RunAsync("export", folder["own.trace"], "-o", folder["exported.perfetto-trace"]);
        Assert.Equal((0, ""), (exported.Status, exported.Errors));
        Assert.Equal(await Bytes(folder["exported.perfetto-trace"]), await Bytes(folder["direct.perfetto-trace"]));
    }

    [Fact]
    public async Task ARealMachinesRecordingIsExported()
    {
        using var folder = new TemporaryFolder();
        var exported = await EmuInProcess.RunAsync("export", Sample, "-o", folder["linux.perfetto-trace"]);
        Assert.Equal((0, ""), (exported.Status, exported.Errors));
        Assert.Contains("27,022 slices", exported.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheFileThatIsReadIsNotWrittenOver()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Sample, folder["it.gz"]);
        var refused = await EmuInProcess.RunAsync("export", folder["it.gz"], "-o", folder["it.gz"]);
        Assert.Equal(2, refused.Status);
        Assert.Contains("name another", refused.Errors, StringComparison.Ordinal);
    }

    private static Task<byte[]> Bytes(string file) => File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
}
