using System.Text.Json;
using System.Xml.Linq;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu check</c>: the conformance suite against cards in this process and in others.</summary>
public sealed class CheckTests
{
    [Fact]
    public async Task ACardInThisProcessPassesAndTheReportIsJUnitXmlToo()
    {
        using var folder = new TemporaryFolder();
        var junit = folder["check.xml"];

        var run = await EmuInProcess.RunAsync("check", "inproc:", "--junit", junit);

        Assert.True(run.Status == 0, run.Output + run.Errors);
        Assert.Contains("passed  bus-master-enable", run.Output, StringComparison.Ordinal);
        Assert.Contains("29 passed, 0 failed, 0 not applicable", run.Output, StringComparison.Ordinal);
        Assert.Equal(29, XDocument.Load(junit).Descendants("testcase").Count());
    }

    [Theory]
    [InlineData("http")]
    [InlineData("unix")]
    public async Task AnEmulatorInAnotherProcessPasses(string medium)
    {
        using var folder = new TemporaryFolder();
        using var emulator = await RunningEmulator.StartAtAsync(medium == "unix" ? $"unix:{folder["card"]}" : "http://127.0.0.1:0");

        var run = await EmuInProcess.RunAsync("check", emulator.Uri, "--json");

        Assert.True(run.Status == 0, run.Output + run.Errors);
        var report = JsonDocument.Parse(run.Output).RootElement;
        Assert.Equal((29, 0), (report.GetProperty("passed").GetInt32(), report.GetProperty("failed").GetInt32()));
        Assert.Equal(emulator.Uri, report.GetProperty("place").GetString());
    }

    [Fact]
    public async Task TheEduDevicePassesWhatAppliesToIt()
    {
        using var emulator = await RunningEmulator.StartAsync("--device", "edu");

        var run = await EmuInProcess.RunAsync("check", emulator.Uri);

        Assert.True(run.Status == 0, run.Output + run.Errors);
        Assert.Contains("n/a     msix-mask                  the function has no MSI-X capability", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ByTheWallClockTooAndOnlyWhatWasChosen()
    {
        using var emulator = await RunningEmulator.StartAsync();

        var run = await EmuInProcess.RunAsync("check", emulator.Uri, "--wall-clock", "--only", "msi-mask", "bar-end");

        Assert.True(run.Status == 0, run.Output + run.Errors);
        Assert.Contains("2 passed, 0 failed", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Which device? Give its URI, or inproc: for a card of ours.")]
    [InlineData("There is no check 'msi-musk'. There are identification,", "inproc:", "--only", "msi-musk")]
    [InlineData("--wall-clock: a card in this process runs by simulated time.", "inproc:", "--wall-clock")]
    [InlineData("'nowhere' is no link; expected inproc:", "nowhere")]
    public async Task WhatCannotBeCheckedIsRefused(string message, params string[] arguments)
    {
        var run = await EmuInProcess.RunAsync(["check", .. arguments]);

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.Contains(message, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheListSaysWhatEachCheckIsAbout()
    {
        var run = await EmuInProcess.RunAsync("check", "--list");

        Assert.Equal(0, run.Status);
        Assert.Contains("msi-mask                   A masked message sets its pending bit", run.Output, StringComparison.Ordinal);
    }
}
