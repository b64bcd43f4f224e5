using System.Text.Json.Nodes;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu validate</c> on the recording that ships.</summary>
public sealed class ValidateTests
{
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "samples", "linux-irq-softirq-loopback-tcp.ftrace.gz");

    // The half that was held out: ten thousand waits that the model has not seen.
    [Fact]
    public async Task TheWaitsOfTheBusiestSoftirqArePredictedAndWhatIsNotIsSaidWithAReason()
    {
        using var folder = new TemporaryFolder();

        var ran = await EmuInProcess.RunAsync("validate", Sample, "--json", "--html", folder["v.html"], "--runs", "10");

        Assert.Equal("", ran.Errors);
        var result = JsonNode.Parse(ran.Output)!;
        var sources = result["sources"]!.AsArray();
        var busiest = sources[0]!;
        Assert.Equal(("softirq NET_RX", 0, 1_000L),
            ((string)busiest["source"]!, (int)busiest["processor"]!, (long)result["resolution_ns"]!));
        Assert.Empty(busiest["failures"]!.AsArray());
        Assert.InRange((double)busiest["kolmogorov_smirnov"]!, 0, 0.05);
        Assert.InRange((long)busiest["wasserstein_ns"]!, 0, 50);
        // What came for the first time in the second half cannot have been learned.
        var late = sources.Single(source => (string)source!["source"]! == "softirq NET_RX" && (int)source["processor"]! == 1)!;
        Assert.Contains("did not run in the part that was calibrated on", (string)late["failures"]![0]!, StringComparison.Ordinal);
        Assert.Equal((false, 1), ((bool)result["passed"]!, ran.Status == 0 ? 0 : 1));
        var page = await File.ReadAllTextAsync(folder["v.html"], TestContext.Current.CancellationToken);
        Assert.Contains("<polyline", page, StringComparison.Ordinal);
        Assert.Contains("softirq NET_RX on CPU 0", page, StringComparison.Ordinal);
    }

    // Each run waits 50 us after the ISR that asks for it, for nothing that the recording has: on the calibrated machine none waits.
    [Fact]
    public async Task ACalibrationThatDoesNotFitItsOwnPartIsSaidToBeNoFit()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("late.txt", string.Concat(Enumerable.Range(0, 300).SelectMany(i => new (int At, string What)[]
        {
            (0, "irq_handler_entry: irq=9 name=card"), (2, "softirq_raise: vec=3 [action=NET_RX]"), (4, "irq_handler_exit: irq=9 ret=handled"),
            (52 + i % 3, "softirq_entry: vec=3 [action=NET_RX]"), (60, "softirq_exit: vec=3 [action=NET_RX]"),
        }.Select(e => $"a-1 [000] d.h. 1.{1_000 * i + e.At:000000}: {e.What}\n"))));

        var text = await EmuInProcess.RunAsync("validate", file, "--runs", "2");
        var json = await EmuInProcess.RunAsync("validate", file, "--runs", "2", "--json");

        Assert.Equal((3, 3, ""), (text.Status, json.Status, text.Errors));
        Assert.Matches(@"(?m)^NO FIT      softirq NET_RX on CPU 0: its simulated waits are 1\.00 \(Kolmogorov-Smirnov\) from those", text.Output);
        Assert.Matches("(?m)^VERDICT     0 of 1 sources .*; of 1 the calibration is no fit$", text.Output);
        var source = JsonNode.Parse(json.Output)!["sources"]![0]!;
        Assert.Equal(("no-fit", 1.0), ((string)source["outcome"]!, (double)source["own_kolmogorov_smirnov"]!));
    }

    [Fact]
    public async Task TheSameIsSaidEachTime()
    {
        string[] arguments = ["validate", Sample, "--runs", "3", "--slices", "10"];
        Assert.Equal((await EmuInProcess.RunAsync(arguments)).Output, (await EmuInProcess.RunAsync(arguments)).Output);
    }

    [Theory]
    [InlineData("latencymon-bins.txt", "is a summary")]
    [InlineData("latencymon-bins.txt --split 1", "--split 1: expected a share of the time")]
    [InlineData("latencymon-bins.txt --runs 0", "--runs 0: expected 1 to 1000")]
    public async Task WhatCannotBeValidatedIsRefusedInALine(string arguments, string message)
    {
        var parts = arguments.Split(' ');
        var refused = await EmuInProcess.RunAsync(
            ["validate", Path.Combine(AppContext.BaseDirectory, "cases", parts[0]), .. parts[1..]]);
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains(message, refused.Errors, StringComparison.Ordinal);
        Assert.Single(refused.Errors.Split('\n'));
    }
}
