using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>A file of registers: a card of it, its names for a card that has others, and what is wrong with it.</summary>
public sealed class RegisterMapTests : IDisposable
{
    private const string Table = """
        bar,register,offset,width,field,bits,access,reset
        0,CTRL,0x0,,ENABLE,0,RW,0
        ,,,,MODE,3:1,RW,2
        0,STAMP,0x8,64,,,RW,0x100000002
        0,BYTE,0x10,8,,,W1C,0xFF
        0,OTHER,0x11,8,,,RO,7
        2,CTRL,0x4,16,GO,3,W1S,0
        """;

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task ACardOfAMapIsLookedIntoByItsOwnNamesAndByThoseOfTheFile()
    {
        var map = folder.Write("card.csv", Table);
        using var emulator = await RunningEmulator.StartAsync("--device", "registers", "--map", map, "--id", "10ee:7024");

        Assert.StartsWith("card  10ee:7024  BAR0 4096 bytes, BAR2 4096 bytes\nCTRL ", (await RunAsync("regs", emulator.Uri)).Output,
            StringComparison.Ordinal);
        Assert.Equal(["CTRL", "STAMP_LO", "STAMP_HI", "BYTE_OTHER", "CTRL"], Names((await RunAsync("regs", emulator.Uri)).Output));
        Assert.Equal(["CTRL", "STAMP", "BYTE", "OTHER", "BAR2_CTRL"], Names((await RunAsync("regs", emulator.Uri, "--map", map)).Output));
        Assert.Matches("^STAMP +0:0x008  0x1122334455667788 ", (await RunAsync("poke", emulator.Uri, "--map", map, "STAMP",
            "0x1122334455667788")).Output);
        Assert.Matches("^BAR2_CTRL +2:0x004  0x0008  GO$", (await RunAsync("poke", emulator.Uri, "--map", map, "BAR2_CTRL", "8")).Output);
        Assert.Matches("^CTRL.MODE +0x2$", (await RunAsync("peek", emulator.Uri, "--map", map, "CTRL.MODE")).Output);
        Assert.Contains("did you mean STAMP?", (await RunAsync("peek", emulator.Uri, "--map", map, "STMAP")).Errors, StringComparison.Ordinal);
        Assert.Contains("BYTE shares its four bytes with OTHER", (await RunAsync("poke", emulator.Uri, "--map", map, "BYTE", "1")).Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARecordedSessionIsListedByTheNamesOfAFile()
    {
        var names = folder.Write("names.csv", "register,offset\nMY_ID,0\nMY_CONTROL,0x100\n");
        var session = folder["session.tlps"];
        await RunAsync("run", "late-dpc", "--duration", "200ms", "--record", session);

        // What is shown goes to the stream itself, not to the writer of this process.
        var shown = await RunningProgram.RunAsync("emu", "show", session, "--map", names);

        Assert.Contains("BAR 0 MY_CONTROL", shown.Output, StringComparison.Ordinal);
        Assert.Contains("BAR 0 + 0x", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMapIsWrittenForOtherToolsAndSaysWhatTheyCannotCarry()
    {
        var map = folder.Write("card.csv", Table);

        var header = await RunAsync("registers", "export", "--map", map, "--format", "c");
        var import = await RunAsync("registers", "import", map, "-o", folder["CardRegisters.cs"]);

        Assert.Contains("#define CARD_BAR0_CTRL_MODE_MASK 0xEU", header.Output, StringComparison.Ordinal);
        Assert.Equal("note: c does not carry what reading and writing do, but as a comment", header.Errors);
        Assert.Equal(0, import.Status);
        Assert.Contains(".Field(1, 3, \"MODE\", RW, \"\", 0x2)", File.ReadAllText(folder["CardRegisters.cs"]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsWrongIsRefusedByPlaceAndWhatIsMissingByName()
    {
        var map = folder.Write("card.csv", Table + "\n0,LATE,0x8,,,,RW,\n");

        Assert.Contains("card.csv:8: LATE at 0x8 overlaps STAMP at 0x8 of line 4", (await RunAsync("registers", "import", map)).Errors,
            StringComparison.Ordinal);
        Assert.Contains("--device registers needs --map", (await RunAsync("card", "--device", "registers")).Errors, StringComparison.Ordinal);
        Assert.Contains("There is no file", (await RunAsync("card", "--device", "registers", "--map", "nowhere.svd")).Errors,
            StringComparison.Ordinal);
        Assert.Contains("use --device registers", (await RunAsync("card", "--device", "edu", "--map", map)).Errors, StringComparison.Ordinal);
        Assert.Contains("--id: the edu card has IDs of its own", (await RunAsync("card", "--device", "edu", "--id", "1:2")).Errors,
            StringComparison.Ordinal);
        Assert.Contains("--id zero: expected two numbers", (await RunAsync("card", "--device", "registers", "--map", map, "--id", "zero")).Errors,
            StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private static IEnumerable<string> Names(string regs) => regs.Split('\n').Skip(1).Select(line => line.Split(' ')[0]);

    private static Task<ProgramResult> RunAsync(params string[] arguments) => EmuInProcess.RunAsync(arguments);
}
