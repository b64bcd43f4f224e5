using System.Globalization;
using System.Text.Json.Nodes;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu calibrate</c>, and what a run makes of its sections.</summary>
public sealed class CalibrateTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "samples", "linux-irq-softirq-loopback-tcp.ftrace.gz");

    [Fact]
    public async Task ARunOfTheCalibratedMachineHasItsRatesAndMeanDurations()
    {
        using var folder = new TemporaryFolder();
        var calibrated = await EmuInProcess.RunAsync("calibrate", Sample, "-o", folder["machine.toml"], "--json");
        Assert.Equal((0, ""), (calibrated.Status, calibrated.Errors));
        var measured = JsonNode.Parse(calibrated.Output)!;
        var run = await EmuInProcess.RunAsync("run", folder["machine.toml"], "--duration", "1s", "--trace", folder["trace.csv"]);
        Assert.Equal((0, ""), (run.Status, run.Errors));

        var simulated = Runs(folder["trace.csv"]);
        foreach (var source in measured["sources"]!.AsArray())
        {
            // Rarer ones come a few dozen times in the second.
            if ((long)source!["count"]! < 300) continue;
            var (count, mean) = simulated[(string)source["name"]!];
            var rate = (long)source["count"]! / ((long)measured["length_ns"]! / 1e9);
            // A source that was silent for most of the recording draws that silence a few times in the second, or a few times more.
            var tolerance = (long)source["count"]! > 10_000 ? 0.05 : 0.5;
            Assert.InRange(count / rate, 1 - tolerance, 1 + tolerance);
            // A DPC's time in the trace has the interrupts in it that came meanwhile.
            Assert.InRange(mean / (long)source["mean_ns"]!, 0.9, 1.15);
            foreach (var fit in (JsonNode[])[source["interval"]!, source["duration"]!])
            {
                Assert.Equal(21, fit["quantiles_ns"]!.AsArray().Count);
                Assert.InRange((double)fit["fitted_mean_ns"]! / (double)fit["mean_ns"]!, 0.95, 1.05);
                Assert.InRange((double)fit["kolmogorov_smirnov"]!, 0.0, 1.0);
            }
        }
    }

    // What a card's DPC has to wait for is what matters of a machine: the fitted one makes it wait as the recording played back does.
    [Fact]
    public async Task ACardWaitsOnTheFittedMachineAsItDoesWithTheRecordingPlayedBack()
    {
        using var folder = new TemporaryFolder();
        await EmuInProcess.RunAsync("calibrate", Sample, "-o", folder["machine.toml"], "--playback", folder["machine.play"]);
        var playback = folder.Write("playback.toml",
            "[host]\nprocessors = 2\ntick-duration = \"0ns\"\n[[host.interference]]\nname = \"machine\"\nplayback = \"machine.play\"\nloop = true\n");
        var (fitted, played) = (await Waits(folder["machine.toml"]), await Waits(playback));
        // What a thread asks for comes in the recording's time though the card's ISR runs; on the fitted machine, as on a real one, it waits for
        // the ISR.
        Assert.InRange(fitted.P50 / played.P50, 0.3, 1.1);
        Assert.InRange(fitted.P99 / played.P99, 0.6, 1.6);
        Assert.InRange(fitted.P999 / played.P999, 0.4, 2.5);

        static async Task<(double P50, double P99, double P999)> Waits(string scenario)
        {
            var run = await EmuInProcess.RunAsync("run", scenario, "--duration", "5s", "--json");
            Assert.Equal((0, ""), (run.Status, run.Errors));
            var waits = JsonNode.Parse(run.Output)!["isr_to_dpc_ns"]!;
            return ((double)waits["p50"]!, (double)waits["p99"]!, (double)waits["p999"]!);
        }
    }

    // Counted twice, else: in the recording, and as the driver under study.
    [Fact]
    public async Task ASourceMayBeLeftOut()
    {
        using var folder = new TemporaryFolder();
        var calibrated = await EmuInProcess.RunAsync("calibrate", Sample, "--without", "softirq NET*", "-o", folder["machine.toml"],
            "--playback", folder["machine.play"]);
        Assert.Equal((0, ""), (calibrated.Status, calibrated.Errors));
        var sections = File.ReadAllText(folder["machine.toml"]);
        Assert.DoesNotContain("name = \"softirq NET_RX", sections, StringComparison.Ordinal);
        Assert.Contains("# without, as asked for: 25225 x softirq NET_RX DPC cpu0", sections, StringComparison.Ordinal);
        using var playback = File.OpenRead(folder["machine.play"]);
        var file = Pcie.Playback.PlaybackFile.Read(playback);
        Assert.DoesNotContain(file.Records, record => file.Sources[record.Source].StartsWith("softirq NET_RX", StringComparison.Ordinal));
        Assert.NotEmpty(file.Records);
        var refused = await EmuInProcess.RunAsync("calibrate", Sample, "--without", "card.sys");
        Assert.Equal(2, refused.Status);
        Assert.Contains("--without card.sys: nothing of that name ran. There are: softirq NET_RX, ", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheLoadOfALatencyMonReportIsTheMeasuredOne()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(AppContext.BaseDirectory, "cases", "latencymon-bins.txt");
        var calibrated = await EmuInProcess.RunAsync("calibrate", file, "-o", folder["machine.toml"], "--json");
        Assert.Equal((0, ""), (calibrated.Status, calibrated.Errors));
        Assert.Equal(0.00087163, (double)JsonNode.Parse(calibrated.Output)!["dpc_share"]!, 5);
        var run = await EmuInProcess.RunAsync("run", folder["machine.toml"], "--duration", "30s", "--trace", folder["trace.csv"]);
        Assert.Equal((0, ""), (run.Status, run.Errors));
        var busy = Runs(folder["trace.csv"]).Where(source => source.Key.StartsWith("DPCs", StringComparison.Ordinal))
            .Sum(source => source.Value.Count * source.Value.Mean);
        Assert.InRange(busy / (4 * 30e9), 0.00087 * 0.75, 0.00087 * 1.3);
    }

    [Theory]
    [InlineData("## CPU 23 hit stop tracing, analyzing it ##\n  IRQ handler delay:  27.49 us (65.52 %)\n  IRQ latency:  28.13 us\n"
        + "  Timerlat IRQ duration:  9.59 us (22.85 %)\n    Thread latency:  41.96 us (100%)\n", "RtlaTimerlat")]
    public async Task ASummaryThatDoesNotSayWhenIsRefusedWithTheReason(string text, string format)
    {
        using var folder = new TemporaryFolder();
        var refused = await EmuInProcess.RunAsync("calibrate", folder.Write("summary.txt", text));
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains($"summary.txt is a summary ({format}): it does not say when", refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileThatIsNoRecordingIsRefused()
    {
        using var folder = new TemporaryFolder();
        var refused = await EmuInProcess.RunAsync("calibrate", folder.Write("notes.txt", "hello\n"));
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains("notes.txt is no recording that is understood", refused.Errors, StringComparison.Ordinal);
    }

    // Of each source, how often it ran and how long on average.
    private static Dictionary<string, (long Count, double Mean)> Runs(string trace)
    {
        var begun = new Dictionary<(string Source, string Kind), long>();
        var runs = new Dictionary<string, (long Count, double Sum)>();
        foreach (var line in File.ReadLines(trace).Skip(1))
        {
            var cells = line.Split(',');
            var (time, kind, source) = (long.Parse(cells[0], CultureInfo.InvariantCulture), cells[3], cells[4]);
            if (kind is "DpcBegin" or "IsrBegin") begun[(source, kind[..3])] = time;
            else if (kind is "DpcEnd" or "IsrEnd" && begun.Remove((source, kind[..3]), out var begin))
            {
                var (count, sum) = runs.GetValueOrDefault(source);
                runs[source] = (count + 1, sum + time - begin);
            }
        }
        return runs.ToDictionary(r => r.Key, r => (r.Value.Count, r.Value.Sum / r.Value.Count));
    }
}
