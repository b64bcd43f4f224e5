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
