using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Processes;

/// <summary>Where emu finds the two programs, however it was published.</summary>
public sealed class ChildProgramTests
{
    [Theory]
    [InlineData("emulator")]
    [InlineData("driver-model")]
    public void AProgramThatLiesBesideEmuIsStartedByDotnet(string name)
    {
        using var folder = new TemporaryFolder();
        folder.Write($"{name}.dll", "");

        var (file, argument) = ChildProgram.CommandLineOf(name, folder["."], "/opt/emu");

        Assert.Equal(("dotnet", folder[$"./{name}.dll"]), (Path.GetFileNameWithoutExtension(file), argument));
    }

    // PublishSingleFile: there is one file, and it is both programs.
    [Theory]
    [InlineData("emulator", "/opt/emu", "card")]
    [InlineData("driver-model", "/opt/emu.exe", "host")]
    public void WhereAllIsOneFileEmuItselfIsTheProgram(string name, string self, string command)
    {
        using var folder = new TemporaryFolder();

        Assert.Equal((self, command), ChildProgram.CommandLineOf(name, folder["."], self));
    }

    [Fact]
    public void AnotherProgramIsNotTakenForEmu()
    {
        using var folder = new TemporaryFolder();

        Assert.Contains("The program emulator is not beside this one",
            Assert.Throws<FileNotFoundException>(() => ChildProgram.CommandLineOf("emulator", folder["."], "/usr/bin/dotnet")).Message,
            StringComparison.Ordinal);
    }
}
