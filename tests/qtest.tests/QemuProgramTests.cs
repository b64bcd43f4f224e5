using Pcie.Link.Sessions;
using Pcie.Time;

namespace Pcie.Qtest.Tests;

/// <summary>Which QEMU is taken, and what is said where there is none that can.</summary>
public sealed class QemuProgramTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    [Fact]
    public void TheFetchedOneComesFirst()
    {
        var tree = folder.CreateSubdirectory("qemu").FullName;

        Assert.Equal(QemuProgram.OfTree(tree), QemuProgram.FindIn(tree, [Installed("99.0.0")]), Same);
    }

    [Theory]
    [InlineData("10.1.0")]
    [InlineData("11.1.3")]
    public void TheSystemsIsTakenIfItIsNewEnough(string version) =>
        Assert.False(QemuProgram.FindIn("/nowhere", ["/nowhere", Installed(version)]).IsOlder);

    [Theory]
    [InlineData("7.2.22")]
    [InlineData("10.0.13")]
    public void AnOlderOneIsTakenForTheWallClockAlone(string version)
    {
        var older = QemuProgram.FindIn("/nowhere", [Installed(version)]);

        Assert.True(older.IsOlder);
        var refusal = Assert.Throws<IOException>(() =>
            QtestLink.Open("edu", new LinkSessionOptions(Pacing.FreeRunning, LatencyRange.Default), hasThread: false, older));
        Assert.Contains("is older than 10.1, and its clock cannot be led", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("6.0.0", "6.0.0")]
    [InlineData("nonsense", "nonsense")]
    public void OneThatIsTooOldIsRefusedWithWhatToRun(string version, string said)
    {
        var refusal = Assert.Throws<IOException>(() => QemuProgram.FindIn("/nowhere", [Installed(version)]));

        Assert.Contains($"version {said}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("expected 7.2 or later. Run 'emu guest --prepare'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhereThereIsNoneItIsSaidWhatToRun() => Assert.Contains("Run 'emu guest --prepare', which fetches a QEMU and installs nothing",
        Assert.Throws<IOException>(() => QemuProgram.FindIn("/nowhere", ["/nowhere"])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("echo 'qemu-system-x86_64: warning: this is not why' >&2", "QEMU has ended without a word: it was killed")]
    [InlineData("echo 'qemu: warning: nor this' >&2; echo 'qemu: it is the disk' >&2", "QEMU has ended, and says: qemu: it is the disk. Is it")]
    public void WhatItWarnsOfIsNotWhyItEnded(string does, string sentence)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has no shell.");
        using var process = QemuProcess.Start(new QemuProgram(["/bin/sh", "-c", does], null), []);

        Assert.StartsWith(sentence, process.WhyGone(), StringComparison.Ordinal);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static bool Same(QemuProgram a, QemuProgram b) => a.Command.SequenceEqual(b.Command) && a.ModuleFolder == b.ModuleFolder;

    private string Installed(string version)
    {
        var bin = folder.CreateSubdirectory(version).FullName;
        var program = Path.Combine(bin, "qemu-system-x86_64");
        File.WriteAllText(program, $"#!/bin/sh\necho QEMU emulator version {version}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return bin;
    }
}
