using Pcie.Emu.Checking;
using Pcie.Emulator.Hosting;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;
using Pcie.TestKit.Conformance;
using Pcie.TestKit.Emulated;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu check --profile</c>: what the suite has to know of a device, in a file.</summary>
public sealed class ProfileFileTests
{
    private const string Edu = """
        [profile]
        name = "edu by file"
        messages = 1
        write-one-to-clear = "INT_STATUS.RAISED"

        [profile.registers]
        INT_STATUS = "0:0x24"
        "INT_STATUS.RAISED" = "0 w1c"
        INT_RAISE = "0:0x60"
        INT_ACK = "0:0x64"

        [[profile.raise]]
        write = "INT_ACK"
        values = [0xFFFFFFFF]

        [[profile.raise]]
        write = "INT_RAISE"
        values = [1]

        [[profile.raise]]
        wait = "1us"

        [[profile.acknowledge]]
        write = "INT_ACK"
        values = [0xFFFFFFFF]
        """;

    [Fact]
    public async Task TheSuiteGoesByTheFileOverTheLink()
    {
        using var folder = new TemporaryFolder();
        using var emulator = await RunningEmulator.StartAsync("--device", "edu");

        var check = await EmuInProcess.RunAsync(
            "check", emulator.Uri, "--profile", folder.Write("edu.toml", Edu), "--only", "msi-mask", "msi-enable", "line-interrupt",
            "read-after-write");

        Assert.True(check.Status == 0, check.ToString());
        Assert.Matches("passed  msi-mask", check.Output);
        Assert.Contains("the kit knows no register of edu by file that keeps what is written", check.Output, StringComparison.Ordinal);
        Assert.Contains("3 passed, 0 failed, 1 not applicable", check.Output, StringComparison.Ordinal);
        Assert.Contains("edu by file [1234:11e8]", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RegistersOfAProfileMayBeAFileOfOthers()
    {
        using var folder = new TemporaryFolder();
        folder.Write("edu.csv", "register,offset,field,bits,access\nINT_RAISE,0x60,,,WO\nINT_ACK,0x64,,,WO\nINT_STATUS,0x24,RAISED,0,W1C\n");
        var profile = folder.Write("edu.toml", string.Join('\n', Edu.ReplaceLineEndings("\n").Split('\n')
            .Where(line => !line.Contains("\"0", StringComparison.Ordinal) && !line.Contains("registers", StringComparison.Ordinal))
            .Select(line => line == "messages = 1" ? "messages = 1\nmap = \"edu.csv\"" : line)));

        var check = await EmuInProcess.RunAsync("check", "inproc:", "--device", "edu", "--profile", profile, "--only", "msi-enable",
            "mask-again");

        Assert.True(check.Status == 0, check.ToString());
        Assert.Contains("2 passed, 0 failed", check.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void AProfileThatContradictsTheDeviceFailsTheCheckThatGoesByIt()
    {
        // edu's INT_STATUS is read only: nothing written there clears it.
        var report = ConformanceSuite.Run(new CardUnderTest(CardDesign.Edu), ConformanceSuite.Named(["write-one-to-clear"]), new(), null,
            TestContext.Current.CancellationToken, ProfileFile.Parse(Edu, "edu.toml"));

        var result = Assert.Single(report.Results);
        Assert.Equal((CheckOutcome.Failed, "INT_STATUS.RAISED: expected 0x0, read 0x1"), (result.Outcome, result.Expectation));
        Assert.Contains("step: INT_STATUS.RAISED, which is written 1 to clear by the profile of edu by file, after 1 was written", result.Context,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT_RAISE = \"1:0x60\"",
        "has INT_RAISE at 0x60 in BAR 1, and the device has no such BAR, but BAR 0 of 1048576 bytes: mend the profile")]
    [InlineData("INT_RAISE = \"0:0x100000\"", "has INT_RAISE at 0x100000 in BAR 0, which has 1048576 bytes on the device: mend the profile")]
    public async Task AProfileOfRegistersThatTheDeviceCannotHaveIsRefused(string register, string message)
    {
        using var folder = new TemporaryFolder();
        var profile = folder.Write("edu.toml", Edu.Replace("INT_RAISE = \"0:0x60\"", register, StringComparison.Ordinal));

        var check = await EmuInProcess.RunAsync("check", "inproc:", "--device", "edu", "--profile", profile);

        Assert.Equal((2, ""), (check.Status, check.Output));
        Assert.Contains($"the profile of edu by file {message}", check.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT_RAISE = \"0:0x60\"", "INT_RAISE = \"0:96\"", "\"0:96\" is no place of a register; expected BAR and offset, as in \"0:0x20\"")]
    [InlineData("INT_RAISE = \"0:0x60\"", "INT_RAISE = \"0:0x61\"", "INT_RAISE is at 0x61: expected a multiple of 4.")]
    [InlineData("\"0 w1c\"", "\"0 w2c\"", "\"0 w2c\" is no field; expected its bits")]
    [InlineData("\"0 w1c\"", "\"40..32\"", "INT_STATUS.RAISED: bits 40..32 are not in 32.")]
    [InlineData("\"INT_STATUS.RAISED\" = ", "\"INT_STATE.RAISED\" = ", "of a register that is named already")]
    [InlineData("write = \"INT_ACK\"", "write = \"INT_AKC\"", "there is no register or field INT_AKC; did you mean INT_ACK?")]
    [InlineData("values = [1]", "values = [1, 2]", "2 values; expected one, or one for each of the 1 messages")]
    [InlineData("wait = \"1us\"", "weit = \"1us\"", "a step writes a register, waits, or fills memory")]
    [InlineData("messages = 1", "message = 1", "unknown key \"message\" in [profile]; did you mean \"messages\"?")]
    public void WhatIsWrongIsRefusedByNamePlaceAndCure(string right, string wrong, string message)
    {
        var refused = Assert.Throws<ScenarioException>(() => ProfileFile.Parse(Edu.Replace(right, wrong, StringComparison.Ordinal), "edu.toml"));

        Assert.StartsWith("edu.toml:", refused.Message, StringComparison.Ordinal);
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
    }
}
