using Pcie.Fixtures.Programs;
using Pcie.Program;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>Where virtual machines attach, as the emulator's command line says it.</summary>
public sealed class GuestListenerTests
{
    [Theory]
    [InlineData("there is one for virtual machines already", "--listen", "vfio-user:/tmp/a.sock", "--listen", "vfio-user:/tmp/b.sock")]
    [InlineData("there is one for hosts already", "--listen", "http://127.0.0.1:0", "--listen", "unix:/tmp/b.sock")]
    [InlineData("the path must be absolute", "--listen", "vfio-user:card.sock")]
    [InlineData("--record-guest needs --listen vfio-user:/path", "--listen", "http://127.0.0.1:0", "--record-guest", "x.tlps")]
    [InlineData("--record-limit needs --record-guest", "--listen", "vfio-user:/tmp/a.sock", "--record-limit", "1 GiB")]
    public async Task WhatCannotBeListenedOnIsRefused(string message, params string[] arguments)
    {
        var run = await RunningProgram.RunAsync("emulator", arguments);

        Assert.Equal(ExitStatus.Refused, run.Status);
        Assert.Contains(message, run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheSocketOfVirtualMachinesIsThereBesideTheServerAndGoneAfterwards()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "vfio-user needs Linux.");
        using var folder = new TemporaryFolder();
        var path = folder["card.sock"];
        using var emulator = RunningProgram.Start("emulator", "--listen", "http://127.0.0.1:0", "--listen", $"vfio-user:{path}", "--exit-with-stdin");

        await emulator.PrintsAsync("listening on http://127.0.0.1:");
        await emulator.PrintsAsync($"listening on vfio-user:{path}");
        await emulator.LogsAsync("\"driver\":\"vfio-user-pci\"");
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        emulator.Terminate();

        Assert.Equal(ExitStatus.Done, await emulator.ExitAsync());
        Assert.False(File.Exists(path));
    }
}
