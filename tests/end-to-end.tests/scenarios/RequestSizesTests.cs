using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>
/// What the host programs into Device Control (PCI Express Base Specification 7.5.3.4) is what the card's DMA keeps to: chunks of 4064 bytes, whose
/// slots are a page each, so that the 4 KiB boundary splits nothing.
/// </summary>
public sealed class RequestSizesTests
{
    private static DaqReport Run(string host, string driver = "")
    {
        var file = ScenarioFile.Parse($"""
            [run]
            duration = "20ms"
            [card.source]
            chunk = 4064
            period = "1ms"
            [card.dma]
            tlp-overhead = 24
            bandwidth = "1000 MB/s"
            [host]
            {host}
            [driver]
            buffering = "ring"
            {driver}
            """, "sizes.toml");
        var scenario = HostScenario.Read(file);
        return DirectRun.Of(scenario, DaqCardOptions.Read(file, scenario.Run.Seed));
    }

    // A page is so many packets, and the header is written once more behind it.
    [Theory]
    [InlineData("", 256, 16)]
    [InlineData("max-payload-size = 128", 128, 32)]
    [InlineData("max-payload-size = \"256 B\"", 256, 16)]
    [InlineData("max-payload-size = 512", 512, 8)]
    [InlineData("max-payload-size = 4096", 512, 8)]
    public void ThePayloadSizeIsTheLesserOfRootPortAndCard(string key, long size, long tlps)
    {
        var report = Run(key);
        Assert.Equal((size, 512), (report.Host.MaxPayloadBytes, report.Host.MaxReadRequestBytes));
        var begun = report.Card["chunks.produced"] - report.Card["chunks.dropped"];
        Assert.Equal((ulong)(tlps + 1) * begun, report.Card["dma.tlps"]);
        Assert.True(report.Accounted);
    }

    [Theory]
    [InlineData("max-payload-size = 384", "384 is not a power of two; expected 128, 256, 512, 1024, 2048 or 4096")]
    [InlineData("max-payload-size = 64", "max-payload-size")]
    [InlineData("max-read-request-size = 8192", "max-read-request-size")]
    [InlineData("max-read-request-size = 1000", "1000 is not a power of two")]
    public void AnImpossibleSizeIsRefused(string key, string expected) =>
        Assert.Contains(expected, Assert.Throws<ScenarioException>(() => Run(key)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(128)]
    [InlineData(4096)]
    public void TheReadRequestSizeIsTheHostsToChoose(long size) =>
        Assert.Equal(size, Run($"max-read-request-size = {size}").Host.MaxReadRequestBytes);
}
