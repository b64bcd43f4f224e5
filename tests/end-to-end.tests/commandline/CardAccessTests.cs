using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary><c>emu regs</c>, <c>peek</c> and <c>poke</c> at an emulator in another process.</summary>
public sealed class CardAccessTests(CardAccessTests.Emulator emulator) : IClassFixture<CardAccessTests.Emulator>
{
    [Fact]
    public async Task RegsShowsEveryRegisterWithPlaceValueAndFields()
    {
        var regs = await RunAsync("regs");

        Assert.Equal((0, ""), (regs.Status, regs.Errors));
        var lines = regs.Output.Split('\n');
        Assert.Contains("BAR0 4096 bytes", lines[0], StringComparison.Ordinal);
        Assert.Matches(@"^ID +0:0x000  0x44415131  MAGIC=0x44415131$", lines[1]);
        Assert.Matches(@"^VERSION +0:0x004  0x0001[0-9a-f]{4}  .*MAJOR=0x1$", lines[2]);
        // A number that is zero is one, whatever its width.
        Assert.Matches(@"^CHUNKS_DROPPED_HI +0:0x[0-9a-f]{3}  0x00000000  \w+=0x0$",
            Assert.Single(lines, line => line.StartsWith("CHUNKS_DROPPED_HI ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task RegsDescribesWhatEachFieldMeansAndHowItIsAccessed()
    {
        var regs = await RunAsync("regs", "--describe");

        Assert.Equal((0, ""), (regs.Status, regs.Errors));
        Assert.Matches(@"(?m)^INT_CAUSE +0:0x020  Events since last cleared, reset 0x00000000$", regs.Output);
        Assert.Matches(@"(?m)^    0 +W1C +DATA_READY: a chunk reached host memory$", regs.Output);
        Assert.Matches(@"(?m)^    2\.\.1 +RW +MODE: ", regs.Output);
    }

    [Theory]
    [InlineData("SCRATCH", "0:0x8", "0xCAFE", "0x0000cafe")]
    [InlineData("DMA_SLOT_COUNT", "0:276", "12", "0x0000000c")]
    public async Task WhatIsPokedByNameIsPeekedByPlaceAndTheOtherWayRound(string name, string place, string value, string shown)
    {
        var poked = await RunAsync("poke", name, value);
        var peeked = await RunAsync("peek", place);

        Assert.Equal((0, ""), (poked.Status, poked.Errors));
        Assert.Contains(shown, poked.Output, StringComparison.Ordinal);
        Assert.Equal((0, poked.Output), (peeked.Status, peeked.Output));

        Assert.Equal(0, (await RunAsync("poke", place, "1")).Status);
        Assert.Contains("0x00000001", (await RunAsync("peek", name)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PeekShowsTheFieldsThatAPokeHasSet()
    {
        await RunAsync("poke", "INT_ENABLE", "0x3");

        Assert.EndsWith("0x00000003  DATA_READY OVERRUN", (await RunAsync("peek", "INT_ENABLE")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PeekTakesAFieldAsTheTestKitNamesIt() =>
        Assert.Matches(@"^VERSION\.MAJOR +0x1$", (await RunAsync("peek", "VERSION.MAJOR")).Output);

    [Fact]
    public async Task AFieldThatIsANumberIsShownAsOneWhateverItsValue()
    {
        await RunAsync("poke", "VECTOR_MAP0", "0x03020100");

        Assert.Matches(" DATA_READY=0x0 OVERRUN=0x1 ", (await RunAsync("peek", "VECTOR_MAP0")).Output);
    }

    public static TheoryData<string, string[]> Mistakes => new()
    {
        { "There is no register 'INT_CAUSES'; did you mean INT_CAUSE? emu regs lists those there are.", ["peek", "INT_CAUSES"] },
        { "INT_CAUSE has no field 'TSET'; did you mean TEST?", ["peek", "INT_CAUSE.TSET"] },
        { "'INT_CAUSE.TEST' cannot be written by itself: a poke writes a whole register, as a driver does. TEST is bit 5 of INT_CAUSE.",
            ["poke", "INT_CAUSE.TEST", "1"] },
        { "DMA_ERROR is bits 20..16 of VECTOR_MAP0.", ["poke", "VECTOR_MAP0.DMA_ERROR", "1"] },
        { "INT_CAUSE has no field 'TSET'.", ["poke", "INT_CAUSE.TSET", "1"] },
        { "There is no register at BAR 0 + 0xFFC", ["peek", "0:0xFFC"] },
        { "There is no BAR 7", ["poke", "7:0", "1"] },
        { "'0:x' is no register; expected a name, or BAR and offset as in 0:0x20", ["peek", "0:x"] },
        { "'much' is no value; expected a number", ["poke", "SCRATCH", "much"] },
        { "0x100000000 does not fit SCRATCH, which has 32 bits", ["poke", "SCRATCH", "0x100000000"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task AMistakeIsAnsweredInALineThatSaysWhatWasExpectedAndEndsWithTwo(string message, string[] command)
    {
        var run = await RunAsync(command[0], command[1..]);

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.Contains(message, run.Errors, StringComparison.Ordinal);
        Assert.Single(run.Errors.Split('\n'));
    }

    [Theory]
    [InlineData("http://127.0.0.1:1")]
    [InlineData("unix:/tmp/no-such-socket-of-an-emulator")]
    public async Task NobodyThereIsSaidInALineAndEndsWithTwo(string uri)
    {
        var run = await EmuInProcess.RunAsync("peek", uri, "ID");

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.StartsWith("emu: no emulator answers", run.Errors, StringComparison.Ordinal);
        Assert.Single(run.Errors.Split('\n'));
    }

    [Theory]
    [InlineData("inproc:", "inproc: is within one process")]
    [InlineData("localhost", "'localhost' is no link; expected inproc:, http://host:port")]
    public async Task AnAddressThatCannotBeAnEmulatorsIsRefusedAndEndsWithTwo(string uri, string message)
    {
        var run = await EmuInProcess.RunAsync("regs", uri);

        Assert.Equal((2, ""), (run.Status, run.Output));
        Assert.StartsWith($"emu: {message}", run.Errors, StringComparison.Ordinal);
    }

    private Task<ProgramResult> RunAsync(string command, params string[] arguments) =>
        EmuInProcess.RunAsync([command, emulator.Uri, .. arguments]);

    /// <summary>One for all tests of the class: each leaves what the others look at alone.</summary>
    public sealed class Emulator : IAsyncLifetime
    {
        private RunningEmulator? emulator;

        public string Uri => emulator!.Uri;

        public async ValueTask InitializeAsync() => emulator = await RunningEmulator.StartAsync();

        public ValueTask DisposeAsync()
        {
            emulator?.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
