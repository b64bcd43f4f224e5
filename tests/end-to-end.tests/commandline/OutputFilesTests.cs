using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>What cannot be written at the end of a run is refused before its beginning: not after a simulated day.</summary>
public sealed class OutputFilesTests
{
    [Theory]
    [InlineData("run no-such-scenario --trace /no/such/folder/x", "--trace /no/such/folder/x: there is no folder /no/such/folder; make it first.")]
    [InlineData("run no-such-scenario --flight /no/such/folder/x", "--flight /no/such/folder/x: there is no folder /no/such/folder")]
    [InlineData("run no-such-scenario --out .", "--out .: this is a folder; expected a file.")]
    [InlineData("run no-such-scenario --record /no/such/folder/x", "--record /no/such/folder/x: there is no folder")]
    [InlineData("run no-such-scenario --report /dev/null", "--report /dev/null: this is a file; name a directory.")]
    [InlineData("whatif no-such-scenario --report /dev/null", "--report /dev/null: this is a file")]
    [InlineData("calibrate no-such-file -o /no/such/folder/x", "--out /no/such/folder/x: there is no folder")]
    [InlineData("export no-such-file -o /no/such/folder/x", "-o /no/such/folder/x: there is no folder")]
    [InlineData("check inproc: --junit /no/such/folder/x", "--junit /no/such/folder/x: there is no folder")]
    public async Task WhatCannotBeWrittenIsRefusedFirst(string arguments, string message)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("The paths of this test are those of Unix.");
        var refused = await RunningProgram.RunAsync("emu", arguments.Split(' '));
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains(message, refused.Errors, StringComparison.Ordinal);
        Assert.Single(refused.Errors.Split('\n'));
    }

    // A variable that a script has not set.
    [Theory]
    [InlineData("emu", "--trace is empty; expected PATH.", "run", "raised-irql", "--trace", "")]
    [InlineData("emu", "uri is empty.", "check", "")]
    [InlineData("driver-model", "--card is empty; expected URI.", "--card", "", "--scenario", "x.toml")]
    [InlineData("emulator", "--listen is empty; expected URI.", "--listen", "")]
    public async Task NothingIsTheEmptyText(string program, string message, params string[] arguments)
    {
        var refused = await RunningProgram.RunAsync(program, arguments);
        Assert.Equal((2, ""), (refused.Status, refused.Output));
        Assert.Contains(message, refused.Errors, StringComparison.Ordinal);
    }
}
