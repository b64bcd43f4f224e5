using System.Runtime.InteropServices;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Rtl;
using Pcie.Emulator.Rtl.Models;
using Pcie.Fixtures.Programs;
using Pcie.Pci.Messages;
using Pcie.TestKit;
using Pcie.TestKit.Emulated;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Rtl;

/// <summary>
/// A shared library that is no card, or a bad one, is refused with a sentence; the process lives, unless a call does not come back.
/// </summary>
public sealed class BadLibraryTests
{
    [Fact]
    public async Task GoodCardWritesAndSends()
    {
        using var bench = Bench(await RtlBuild.SmallCardAsync());
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 1);
        var before = bench.DeviceRequests;
        bench.WriteMemory(bench.BarOf(0).Address, 0x1234, 4);
        bench.ExpectMessage(0, Duration.FromMicroseconds(10));
        Assert.Equal(2, bench.DeviceRequests - before);
        Assert.Equal(0x1234u, (uint)bench.ReadMemory(bench.BarOf(0).Address, 4).Value);
        // Tag 1, done, and tag 2, sent.
        Assert.Equal(0x1024u, (uint)bench.ReadMemory(bench.BarOf(0).Address + 4, 4).Value);
    }

    [Theory]
    [InlineData("WRONG_VERSION", "was compiled for version 2 of rtl_card.h; this emulator has 1. Compile it anew.")]
    [InlineData("NO_BAR_WRITE", "exports no rtl_bar_write; expected the nine functions of rtl_card.h")]
    [InlineData("NO_CARD", "rtl_create made no card: the licence has expired")]
    public async Task LibraryThatIsNoCardIsRefusedWhenItIsLoaded(string mistake, string sentence)
    {
        var library = await RtlBuild.SmallCardAsync(mistake);
        var refused = Assert.Throws<RtlException>(() => EmulatedCard.InNoSlot(DesignOf(library)));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WRITES_BEYOND", "rtl_bar_read wrote beyond the end of a buffer that it was given")]
    [InlineData("TOO_LONG", "expected a length of 4 to 4096 bytes")]
    [InlineData("MISALIGNED", "expected an address that is a multiple of 4")]
    [InlineData("UNKNOWN_KIND", "there is no such kind; expected 0 to 3")]
    [InlineData("EMPTY_STREAM", "expected 1 to 4096 bytes with address 0")]
    [InlineData("STREAMS", "and its configuration does not say stream = true")]
    [InlineData("RUNS_AWAY", "rtl_run ran to cycle")]
    [InlineData("GOES_BACK", "rtl_run went back to cycle 0")]
    [InlineData("FAILS", "rtl_run failed in cycle")]
    public async Task CardThatBreaksItsContractIsNotCalledAnyMore(string mistake, string sentence)
    {
        var library = await RtlBuild.SmallCardAsync(mistake);
        var refused = Assert.Throws<RtlException>(() => Use(library));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallThatDoesNotComeBackEndsTheProcessWithASentence()
    {
        var library = await RtlBuild.SmallCardAsync("LOOPS");
        using var folder = new TemporaryFolder();
        var config = folder.Write("card.toml", "[card]\nwatchdog = 0.3\n");
        var ended = await RunningProgram.RunAsync("emu", "check", "inproc:", "--device", $"rtl:{library}", "--device-config", config);
        Assert.Equal(2, ended.Status);
        Assert.Contains("rtl_run has not come back for 0.3 s, so that the process ends here.", ended.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallThatEndsTheProcessDoesNotEndItSilently()
    {
        var library = await RtlBuild.SmallCardAsync("EXITS");
        var ended = await RunningProgram.RunAsync("emu", "check", "inproc:", "--device", $"rtl:{library}");
        Assert.Equal(2, ended.Status);
        Assert.Contains("rtl_run has called exit, which no function of rtl_card.h may", ended.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("CRASHES=LOAD", "its initialisation has accessed memory that is not there")]
    [InlineData("CRASHES=ABI", "rtl_abi has accessed memory that is not there")]
    [InlineData("CRASHES=CREATE", "rtl_create has accessed memory that is not there")]
    [InlineData("CRASHES=RESET", "rtl_reset has accessed memory that is not there")]
    [InlineData("CRASHES=RUN", "rtl_run has accessed memory that is not there")]
    [InlineData("CRASHES=BAR_READ", "rtl_bar_read has accessed memory that is not there")]
    [InlineData("CRASHES=BAR_WRITE", "rtl_bar_write has accessed memory that is not there")]
    [InlineData("CRASHES=ANSWER", "rtl_answer has accessed memory that is not there")]
    [InlineData("CRASHES=PIN", "rtl_pin has accessed memory that is not there")]
    [InlineData("CRASHES=DESTROY", "rtl_destroy has accessed memory that is not there")]
    [InlineData("THREAD_CRASHES=1", "a thread of its own has accessed memory that is not there, or has run out of stack (SIGSEGV)")]
    [InlineData("THREAD_CRASHES=2", "a thread of its own has accessed memory that is not there, or has run out of stack (SIGSEGV)")]
    [InlineData("THREAD_CRASHES=3", "a thread of its own has called abort, which no function of rtl_card.h may")]
    [InlineData("RECURSES", "rtl_run has accessed memory that is not there, or has run out of stack (SIGSEGV)")]
    [InlineData("DIVIDES", "rtl_run has divided by zero (SIGFPE)")]
    [InlineData("ABORTS", "rtl_run has called abort, which no function of rtl_card.h may")]
    [InlineData("BESIDE_HEAP", "rtl_run has called abort, which no function of rtl_card.h may")]
    [InlineData("ILLEGAL", "rtl_run has come to an instruction that this processor does not have (SIGILL)")]
    public async Task CallThatCrashesSaysWhichItWasAndWhatToDo(string mistake, string sentence)
    {
        var isHere = OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64;
        Assert.SkipUnless(isHere, "Linux on x86-64 says so.");
        var library = await RtlBuild.SmallCardAsync(mistake);
        using var folder = new TemporaryFolder();
        // So that it is written to, and sends.
        var profile = folder.Write("profile.toml", """
            [profile]
            name = "small"
            messages = 1
            [profile.registers]
            VALUE = "0:0x0"
            [[profile.raise]]
            write = "VALUE"
            values = [1]

            """);
        var ended = await RunningProgram.RunAsync("emu", "check", "inproc:", "--device", $"rtl:{library}", "--profile", profile);
        // As a shell has it: 128 and the signal.
        Assert.InRange(ended.Status, 128 + 4, 128 + 11);
        Assert.Contains($"{library}: {sentence}", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("behind rtl-socket: it would end alone", ended.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rtl:/nowhere/libcard.so", "there is no such file; expected a shared library")]
    [InlineData("rtl:/etc/passwd", "cannot be loaded as a shared library")]
    [InlineData("rtl:", "expected the path of a shared library")]
    public async Task PlaceWithoutALibraryIsRefused(string device, string sentence)
    {
        var refused = await RunningProgram.RunAsync("emulator", "--device", device);
        Assert.Equal(2, refused.Status);
        Assert.Contains(sentence, refused.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[card]\nbars = [100]", "expected a power of two")]
    [InlineData("[card]\nid = \"1\"", "expected two numbers of four hexadecimal digits")]
    [InlineData("[card]\nbarz = [16]", "did you mean \\\"bars\\\"")]
    [InlineData("[card]\nstream = true\nbars = [65536]", "BAR 0 is the DMA core's, of 4096 bytes")]
    [InlineData("[card]\nstream = true\ndaq = true", "has a DMA core of its own")]
    [InlineData("[card.pins]\ncfg_nothing = 1", "has no input cfg_nothing")]
    [InlineData("[card.counters]\nticks = \"stat_nothing\"", "has no pin stat_nothing")]
    public async Task ConfigurationThatDoesNotFitIsRefused(string text, string sentence)
    {
        var library = await RtlBuild.SmallCardAsync();
        using var folder = new TemporaryFolder();
        var config = folder.Write("card.toml", text);
        var refused = await RunningProgram.RunAsync("emulator", "--device", $"rtl:{library}", "--device-config", config);
        Assert.Equal(2, refused.Status);
        Assert.Contains(sentence.Replace("\\\"", "\"", StringComparison.Ordinal), refused.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OptionsOfRtlAreRefusedForOtherCards()
    {
        var refused = await RunningProgram.RunAsync("emulator", "--device", "edu", "--device-config", "card.toml");
        Assert.Equal(2, refused.Status);
        Assert.Contains("--device-config is for --device rtl:", refused.Errors, StringComparison.Ordinal);
    }

    private static CardDesign DesignOf(string library) => CardDesign.Rtl(new RtlPlace(library, null, null), RtlConfig.Default);

    private static TestBench Bench(string library)
    {
        var options = new TestBenchOptions();
        return new TestBench(new CardUnderTest(DesignOf(library)).Attach(options), null, options);
    }

    private static void Use(string library)
    {
        using var bench = Bench(library);
        bench.Enumerate();
        bench.WriteMemory(bench.BarOf(0).Address, 0x1234, 4);
        bench.ReadMemory(bench.BarOf(0).Address, 4);
        bench.Wait(Duration.FromMicroseconds(10));
    }
}
