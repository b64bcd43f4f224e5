using System.Text.RegularExpressions;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Pci;
using Pcie.Pci.Messages;
using Pcie.TestKit.Devices;
using Pcie.TestKit.Emulated;
using Pcie.Time;

namespace Pcie.TestKit.Tests;

/// <summary>What a line of a test plan does, and what it says when the device does otherwise.</summary>
public sealed class TestBenchTests : IDisposable
{
    private readonly TestBench bench = new CardUnderTest(CardDesign.Daq(new DaqCardOptions())).Bench();

    public void Dispose() => bench.Dispose();

    // docs/testing.md shows this test.
    [Fact]
    public void AMaskedMessageGoesOnceWhenUnmasked()
    {
        // <shown>
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 1);
        var mask = bench.Config.Find(0x05, "MSI") + 0x10;

        bench.Step("masked: nothing goes, and the pending bit is set");
        bench.Config.Write(mask, 1);
        bench.Write("INT_ENABLE.TEST", 1);
        bench.Write("INT_TEST.TEST", 1);
        bench.ExpectNoMessage(during: Duration.FromMilliseconds(1));
        bench.Config.Expect(mask + 4, 1, "Pending Bits");

        bench.Step("unmasked: it goes once");
        bench.Config.Write(mask, 0);
        bench.ExpectMessage(0, within: Duration.FromMicroseconds(10));
        bench.ExpectNoMessage(during: Duration.FromMilliseconds(10));
        bench.Expect("INT_CAUSE.TEST", 1);
        // </shown>
    }

    [Fact]
    public void AFailureSaysWhatWasExpectedWhatWasSeenInWhichStepWhenAndAfterWhat()
    {
        bench.Enumerate();
        bench.Step("the scratch register keeps what is written");
        bench.Write("SCRATCH", 5);

        var failure = Assert.Throws<ExpectationFailedException>(() => bench.Expect("SCRATCH", 6));

        Assert.Equal("SCRATCH: expected 0x6, read 0x5", failure.Expectation);
        Assert.Contains("step: the scratch register keeps what is written", failure.Context, StringComparison.Ordinal);
        Assert.Contains($"at {bench.Now}", failure.Context, StringComparison.Ordinal);
        Assert.Contains("MWr   0xC0000008     4 B  05000000", failure.Context, StringComparison.Ordinal);
        Assert.StartsWith(failure.Expectation, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMessageThatDoesNotComeIsMissedAtTheEndOfItsTime()
    {
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 1);
        var before = bench.Now;

        var failure = Assert.Throws<ExpectationFailedException>(() => bench.ExpectMessage(0, within: Duration.FromMilliseconds(3)));

        Assert.Equal("expected a message within 3 ms, none came", failure.Expectation);
        Assert.Equal(Duration.FromMilliseconds(3), bench.Now - before);
    }

    [Fact]
    public void AnotherMessageIsNotTheExpectedOne()
    {
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 8);
        bench.Write("INT_ROUTING.PER_CAUSE", 1);
        bench.Write("INT_ENABLE", 0x3F);
        bench.Write("INT_TEST.OVERRUN", 1);

        var failure = Assert.Throws<ExpectationFailedException>(() => bench.ExpectMessage(0, within: Duration.FromMilliseconds(1)));

        Assert.StartsWith("expected message 0, got message 1", failure.Expectation, StringComparison.Ordinal);
    }

    [Fact]
    public void AFieldIsWrittenWithoutChangingThoseBesideIt()
    {
        bench.Enumerate();
        bench.Write("INT_ENABLE", 0b101);

        bench.Write("INT_ENABLE.OVERRUN", 1);
        bench.Expect("INT_ENABLE", 0b111);
        bench.Write("INT_ENABLE.DATA_READY", 0);

        bench.Expect("INT_ENABLE", 0b110);
    }

    [Fact]
    public void AFieldThatIsClearedByWritingOneLeavesTheCausesBesideItAlone()
    {
        bench.Enumerate();
        bench.Write("INT_TEST", 0b11);

        bench.Write("INT_CAUSE.DATA_READY", 1);

        bench.Expect("INT_CAUSE", 0b10);
    }

    [Fact]
    public void MemoryIsComparedByteForByteAndTheFirstOtherByteIsNamed()
    {
        var buffer = bench.Memory.Allocate(16);
        buffer.Span[9] = 7;

        bench.ExpectMemory(buffer, 8, [0, 7, 0]);
        var failure = Assert.Throws<ExpectationFailedException>(() => bench.ExpectMemory(buffer, 8, [0, 7, 1]));

        Assert.Equal($"host memory 0x{buffer.Address + 10:X}: expected 0x01, holds 0x00", failure.Expectation);
    }

    [Fact]
    public void ARegisterThatComesToItsValueInTimeIsWaitedFor()
    {
        bench.Enumerate();
        _ = new DaqProfile().Stream(bench);

        bench.Expect("DMA_HEAD", 1, within: Duration.FromMilliseconds(2));
        Assert.Throws<ExpectationFailedException>(() => bench.Expect("ID", 0, within: Duration.FromMilliseconds(1)));
    }

    [Fact]
    public void AnOutcomeOtherThanExpectedIsSaidByItsName()
    {
        bench.Enumerate();

        var failure = Assert.Throws<ExpectationFailedException>(() => bench.ExpectOutcome(RequestOutcome.Successful, 0x4000_0000, 4));

        Assert.Equal("read of 4 bytes at 0x40000000: expected a successful completion, got unsupported request", failure.Expectation);
    }

    [Fact]
    public void ANameThatNobodyKnowsIsSaidWithThoseThereAre()
    {
        var missing = Assert.Throws<NotApplicableException>(() => bench.Read("INT_CAUZE"));

        Assert.StartsWith("there is no register or field 'INT_CAUZE'; the map has ID, VERSION,", missing.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AFailureShowsTagsAsTheyWereAndRegistersByName()
    {
        bench.Enumerate();
        bench.Write("SCRATCH", 0xCAFE);

        var failure = Assert.Throws<ExpectationFailedException>(() => bench.Expect("SCRATCH", 0));

        var lines = failure.Context.Split('\n');
        var read = Assert.Single(lines, line => line.Contains("MRd", StringComparison.Ordinal));
        var tag = Regex.Match(read, @"tag (\d+) +SCRATCH$").Groups[1].Value;
        Assert.Matches($@"Cpl +Successful +tag {tag} +FECA0000  SCRATCH$", lines[^1]);
        Assert.Single(lines, line => Regex.IsMatch(line, @"host    MWr .* FECA0000  SCRATCH$"));
        Assert.True(int.Parse(tag, System.Globalization.CultureInfo.InvariantCulture) > 0, read);
    }

    [Fact]
    public void TheProfileKnowsWhereTheCardHasItsRegisters()
    {
        var profile = new DaqProfile().Registers;

        Assert.All(profile.Names, name => Assert.Equal(bench.Registers[name] with { KeptBeside = 0 }, profile[name] with { KeptBeside = 0 }));
    }

    [Fact]
    public void TheSamePlanOnTheSameCardTakesTheSameTime() => Assert.Equal(Run(), Run());

    private static SimTime Run()
    {
        using var bench = new CardUnderTest(CardDesign.Daq(new DaqCardOptions())).Bench();
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 1);
        _ = new DaqProfile().Stream(bench);
        return bench.NextMessage(within: Duration.FromSeconds(1)).At;
    }
}
