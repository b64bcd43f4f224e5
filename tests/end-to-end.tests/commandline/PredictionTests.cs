using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>What calibration learns of a machine that is known, recorded as ftrace would: <c>emu validate</c> predicts its waits.</summary>
public sealed partial class PredictionTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "samples", "linux-irq-softirq-loopback-tcp.ftrace.gz");

    // A card's interrupts come in bursts of twenty; the network's softirq, when they interrupt it, takes several times as long, and the disk's waits.
    private const string Bursts = """
        [host]
        processors = 1
        kernel = "linux"
        [[host.interference]]
        name = "noisy"
        processor = 0
        interval = { uniform = ["400us", "600us"] }
        burst-gap = "20us"
        burst-begins = 0.2
        burst-goes-on = 0.95
        isr = "16us"
        [[host.interference]]
        name = "NET_RX"
        processor = 0
        interval = { exponential = "500us" }
        isr = "1us"
        dpc = "40us"
        softirq = "net-rx"
        [[host.interference]]
        name = "BLOCK"
        processor = 0
        interval = { exponential = "500us" }
        isr = "1us"
        dpc = "2us"
        softirq = "block"
        """;

    // The disk's interrupt always comes 300 us after the network's, whose softirq takes 100 us: it never waits for it.
    private const string Steps = """
        [host]
        processors = 1
        kernel = "linux"
        [[host.interference]]
        name = "NET_RX"
        processor = 0
        interval = "1ms"
        phase = { uniform = ["0us", "8us"] }
        chance = 0.9
        isr = "2us"
        dpc = "100us"
        softirq = "net-rx"
        [[host.interference]]
        name = "BLOCK"
        processor = 0
        interval = "1ms"
        phase = { uniform = ["300us", "308us"] }
        isr = "2us"
        dpc = "2us"
        softirq = "block"
        """;

    // The network's interrupt comes soon after two in five of the disk's, whose softirq takes long: its own waits for that.
    private const string Following = """
        [host]
        processors = 1
        kernel = "linux"
        [[host.interference]]
        name = "BLOCK"
        processor = 0
        interval = { exponential = "5ms" }
        isr = "2us"
        dpc = { uniform = ["300us", "400us"] }
        softirq = "block"
        [[host.interference]]
        name = "NET_RX"
        processor = 0
        interval = { exponential = "200ms" }
        follows = "BLOCK"
        chance = 0.4
        delay = { uniform = ["50us", "300us"] }
        isr = "2us"
        dpc = "5us"
        softirq = "net-rx"
        """;

    [Theory]
    [InlineData(Bursts, "20s")]
    [InlineData(Steps, "4s")]
    public async Task TheWaitsOfAMachineThatIsKnownArePredicted(string scenario, string duration)
    {
        using var folder = new TemporaryFolder();
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var file = folder.Write($"{seed}.txt", FtraceOfRun.Of(scenario, seed, duration));

            var ran = await EmuInProcess.RunAsync("validate", file, "--json", "--runs", "5");

            var block = JsonNode.Parse(ran.Output)!["sources"]!.AsArray().Single(source => (string)source!["source"]! == "softirq BLOCK")!;
            Assert.True((string)block["outcome"]! == "right", block["quantiles"]!.ToString());
        }
    }

    // The wait is that of the one after the other's softirq; each by itself they seldom meet.
    [Fact]
    public async Task WaitsOfASourceThatFollowsAnotherArePredictedAndWereNotWhenBothWereApart()
    {
        using var folder = new TemporaryFolder();
        for (ulong seed = 1; seed <= 3; seed++)
        {
            var file = folder.Write($"{seed}.txt", FtraceOfRun.Of(Following, seed, "40s"));

            var network = await WaitsOf("NET_RX");
            Assert.True((string)network["outcome"]! == "right", network.ToString());
            Assert.InRange((long)network["quantiles"]!["p50"]!["predicted_ns"]!, 20_000, 300_000);

            network = await WaitsOf("NET_RX", "--apart");
            Assert.False((string)network["outcome"]! == "right", network.ToString());
            Assert.InRange((long)network["quantiles"]!["p50"]!["predicted_ns"]!, 0, 5_000);

            async Task<JsonNode> WaitsOf(string softirq, params string[] more)
            {
                var ran = await EmuInProcess.RunAsync(["validate", file, "--json", "--runs", "5", .. more]);
                return JsonNode.Parse(ran.Output)!["sources"]!.AsArray().Single(source => (string)source!["source"]! == $"softirq {softirq}")!;
            }
        }
    }

    // Both processors of the recording that ships tick every 4 ms, at once: a card whose vectors are on both has neither then.
    [Fact]
    public async Task TheProcessorsOfTheCalibratedMachineTickTogetherAsTheRecordedOnesDo()
    {
        using var folder = new TemporaryFolder();
        await EmuInProcess.RunAsync("calibrate", Sample, "-o", folder["machine.toml"]);

        var simulated = FtraceOfRun.Of(await File.ReadAllTextAsync(folder["machine.toml"], TestContext.Current.CancellationToken), 1, "10s");

        using var lines = new StreamReader(new GZipStream(File.OpenRead(Sample), CompressionMode.Decompress));
        var recorded = TickTogether(await lines.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.InRange(recorded, 0.5, 0.8);
        Assert.InRange(TickTogether(simulated), recorded - 0.1, recorded + 0.1);
    }

    // Of the ticks of processor 0 those with one of processor 1 within 20 us.
    private static double TickTogether(string ftrace)
    {
        var ticks = Tick().Matches(ftrace).Select(tick => (Processor: tick.Groups[1].Value,
            Time: double.Parse(tick.Groups[2].Value, CultureInfo.InvariantCulture))).ToLookup(tick => tick.Processor, tick => tick.Time);
        var others = ticks["001"].ToList();
        return ticks["000"].Average(time => others.BinarySearch(time - 20e-6) is var at
            && (at < 0 ? ~at : at) is var next && next < others.Count && others[next] <= time + 20e-6 ? 1.0 : 0);
    }

    [GeneratedRegex(@"\[(\d+)\] \S+ +([\d.]+): (?:local_timer_entry|irq_handler_entry: irq=\d+ name=local_timer)")]
    private static partial Regex Tick();
}
