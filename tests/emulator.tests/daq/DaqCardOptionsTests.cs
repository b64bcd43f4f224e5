using Pcie.Emulator.Daq;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Daq;

public sealed class DaqCardOptionsTests
{
    private static DaqCardOptions Read(string text) =>
        DaqCardOptions.Read(ScenarioFile.Parse(text, "test.toml", folder: "/data"), seed: 5);

    [Fact]
    public void AnEmptyTableIsTheDefaultCard() => Assert.Equal(new DaqCardOptions { Seed = 5 }, Read(""));

    [Fact]
    public void EveryKeyIsRead()
    {
        var options = Read("""
            [card]
            name = "adc"
            msi-messages = 4
            [card.source]
            kind = "file"
            path = "run.bin"
            repeat = true
            chunk = "64 KiB"
            rate = "200 MB/s"
            jitter = { exponential = "1us" }
            hash = true
            first-chunk-at = "20ms"
            fifo-chunks = 8
            [card.dma]
            bandwidth = "2 GB/s"
            tlp-overhead = "24 B"
            when-full = "drop"
            max-slots = 16
            [card.interrupts]
            rearm = "auto-mask-lossy"
            """);
        Assert.NotNull(options.Jitter);
        Assert.Equal(
            new DaqCardOptions
            {
                Name = "adc",
                MsiMessages = 4,
                Seed = 5,
                Source = SourceKind.File,
                Path = "/data/run.bin",
                Repeat = true,
                ChunkSize = 65536,
                Period = new Duration(327_680),
                HashPayload = true,
                FirstChunkAt = Duration.FromMilliseconds(20),
                FifoChunks = 8,
                DmaBandwidth = 2_000_000_000,
                TlpOverhead = 24,
                WhenFull = WhenFull.Drop,
                MaxSlots = 16,
                RearmPolicy = RearmPolicy.AutoMaskLossy,
            },
            options with { Jitter = null });
    }

    [Theory]
    [InlineData("[card]\nmsi-messages = 3", "test.toml:2:16", "power of two")]
    [InlineData("[card]\nmsi-mesages = 4", "test.toml:2:1", "msi-messages")]
    [InlineData("[card.source]\nkind = \"file\"", "test.toml:1:1", "path")]
    [InlineData("[card.source]\npath = \"x\"", "test.toml:2:8", "kind = \"file\"")]
    [InlineData("[card.source]\nrate = \"1 MB/s\"\nperiod = \"1ms\"", "test.toml:2:8", "leave one of them out")]
    [InlineData("[card.source]\nchunk = \"8 MiB\"", "test.toml:2:9", "4194304")]
    [InlineData("[card.source]\nchunk = \"4 MiB\"\nfifo-chunks = 65", "test.toml:3:15", "more than 256 MiB")]
    [InlineData("[card.source]\nheader-only = true\nhash = true", "test.toml:3:8", "no payload to hash")]
    [InlineData("[card.source]\nchunk = 1\nrate = \"9 GB/s\"", "test.toml:3:8", "every nanosecond")]
    [InlineData("[card.dma]\nmax-slots = 1", "test.toml:2:13", "2 to 1048576")]
    [InlineData("[card.interrupts]\nrearm = \"never\"", "test.toml:2:9", "\"on-non-zero\"")]
    public void WhatIsImpossibleIsRefusedWithItsPlace(string text, string place, string expected)
    {
        var refusal = Assert.Throws<ScenarioException>(() => Read(text));
        Assert.StartsWith(place, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }
}
