using System.Runtime.InteropServices;
using Pcie.DriverModel.Daq.Report;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Rtl;

/// <summary>
/// A card in Verilog that streams, behind the DMA core of ours and under the driver of that.
/// <code>
/// sampler.v ── m_axis ──► DMA core ──► host memory ──► driver ──► reader ──► file
/// </code>
/// </summary>
public sealed class StreamTests
{
    private static readonly string Examples = Path.Combine(RtlBuild.Rtl, "examples"), Config = Path.Combine(Examples, "sampler.toml");

    [Fact]
    public async Task EachSampleReachesTheReaderOnceAndInOrder()
    {
        using var folder = new TemporaryFolder();
        var report = Run(await RequestAsync(folder["samples"]));

        // A packet of 1024 samples every 1.024 ms.
        Assert.InRange(report.Chunks.Produced, 40, 49);
        Assert.True(report.Accounted);
        Assert.Equal((0, 0), (report.Chunks.Dropped, report.Chunks.Overwritten));
        var bytes = await File.ReadAllBytesAsync(folder["samples"], TestContext.Current.CancellationToken);
        var samples = MemoryMarshal.Cast<byte, uint>(bytes).ToArray();
        Assert.True(samples.Length > 40 * 1024);
        Assert.Equal(Enumerable.Range(0, samples.Length).Select(sample => (uint)sample), samples);
    }

    [Fact]
    public async Task TwoRunsHaveOneDigest()
    {
        var request = (await RequestAsync(null)) with { Duration = "10ms" };
        Assert.Equal(Run(request).Digest, Run(request).Digest);
    }

    [Fact]
    public async Task ItPassesTheSuiteOfTheCardWhoseCoreItHasAndItsOwnRegistersAreSeen()
    {
        var device = new[] { "--device", $"rtl:{await LibraryAsync()}", "--device-config", Config };
        var check = await RunningProgram.RunAsync("emu", ["check", "inproc:", .. device]);
        Assert.Contains("29 passed, 0 failed, 0 not applicable", check.Output, StringComparison.Ordinal);
        using var emulator = await RunningEmulator.StartAsync(device);
        var id = await RunningProgram.RunAsync("emu", "peek", emulator.Uri, "SAMPLER_ID");
        Assert.Contains("2:0x000  0x534d504c", id.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScenarioWithAnotherSourceIsRefused()
    {
        var refused = await RunningProgram.RunAsync("emu", "run", "stream", "--device", $"rtl:{await LibraryAsync()}", "--device-config", Config);
        Assert.Equal(2, refused.Status);
        Assert.Contains("its data are the RTL's; the scenario says source.kind otherwise", refused.Errors, StringComparison.Ordinal);
    }

    private static Task<string> LibraryAsync() => RtlBuild.VerilogAsync("sampler", Path.Combine(Examples, "sampler.v"));

    private static async Task<RunRequest> RequestAsync(string? output) => new(ShippedScenarios.PathOf("scatter-gather"), LinkKind.Inproc)
    {
        Duration = "50ms", Device = $"rtl:{await LibraryAsync()}", DeviceConfig = Config, OutputFile = output,
    };

    private static DaqReport Run(RunRequest request) => (DaqReport)new InProcessRun(request).Execute(TestContext.Current.CancellationToken);
}
