using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emulator --device edu</c>: another card behind the same control service.</summary>
public sealed class EduDeviceTests
{
    [Fact]
    public async Task TheEduDeviceIsDescribedPeekedAndPokedAsAnyCard()
    {
        using var emulator = await RunningEmulator.StartAsync("--device", "edu");

        var regs = await EmuInProcess.RunAsync("regs", emulator.Uri);
        Assert.Contains("BAR0 1048576 bytes", regs.Output.Split('\n')[0], StringComparison.Ordinal);
        Assert.Matches(@"(?m)^ID +0:0x000  0x010000ed", regs.Output);
        var poked = await EmuInProcess.RunAsync("poke", emulator.Uri, "LIVENESS", "0x12345678");
        Assert.Contains("0xedcba987", poked.Output, StringComparison.Ordinal);
        var lspci = await EmuInProcess.RunAsync("lspci", emulator.Uri);
        Assert.Contains("00: 34 12 e8 11", lspci.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--device nic: there is no such card; expected daq, edu, nvme, endpoint-test, registers, or rtl:PATH.", "--device", "nic")]
    [InlineData("--file: the card of kind edu has no source of data; only that of kind daq has one.", "--device", "edu", "--file", "x")]
    public async Task WhatIsNoCardOrNothingForThisOneIsRefused(string message, params string[] arguments)
    {
        var run = await RunningProgram.RunAsync("emulator", ["--listen", "http://127.0.0.1:0", .. arguments]);

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.Contains(message, run.Errors, StringComparison.Ordinal);
    }
}
