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
        Assert.Single(QemuProgram.FindIn("/nowhere", ["/nowhere", Installed(version)]).Command);

    [Theory]
    [InlineData("7.2.22", "7.2.22")]
    [InlineData("10.0.13", "10.0.13")]
    [InlineData("nonsense", "nonsense")]
    public void AnOlderOneIsRefusedWithWhatToRun(string version, string said)
    {
        var refusal = Assert.Throws<IOException>(() => QemuProgram.FindIn("/nowhere", [Installed(version)]));

        Assert.Contains($"version {said}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("expected 10.1 or later. Run 'emu guest --prepare'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhereThereIsNoneItIsSaidWhatToRun() => Assert.Contains("Run 'emu guest --prepare', which fetches a QEMU and installs nothing",
        Assert.Throws<IOException>(() => QemuProgram.FindIn("/nowhere", ["/nowhere"])).Message, StringComparison.Ordinal);

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
