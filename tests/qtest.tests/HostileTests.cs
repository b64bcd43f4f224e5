using Pcie.Qtest.Tests.Fixtures;
using Pcie.TestKit;
using Pcie.Time;

namespace Pcie.Qtest.Tests;

/// <summary>A QEMU that dies, stalls or answers nonsense, at any moment: the link ends, with a sentence that says what to do.</summary>
public sealed class HostileTests
{
    // Commands until the function is enumerated; behind them are those of the bench.
    private const int SomeCommands = 90;

    public static TheoryData<string, string> Misbehaviours => new()
    {
        { FakeQemu.Close, FakeQemu.LastWords },
        { "FAIL unknown command\n", "expected OK: 'FAIL unknown command'. Use the QEMU that emu guest --prepare fetches." },
        { "ok 0x0\n", "expected OK" },
        { "OK 0xnonsense\n", "expected a number" },
        { "OK 99999999999999999999\n", "expected a number" },
        { "\n", "expected OK" },
        { "\u0001\u001b[31m\n", "'\\u0001\\u001b[31m'" },
        { new string('x', 5000), "a line without an end" },
    };

    [Theory]
    [MemberData(nameof(Misbehaviours))]
    public void TheLinkEndsWithASentenceWheneverItHappens(string answer, string sentence)
    {
        for (var at = 1; at < SomeCommands; at += at < 12 ? 1 : 9)
        {
            var number = at;
            foreach (var showsClock in (bool[])[true, false])
            {
                var failure = Use(new FakeQemu((n, _) => n == number ? answer : null) { ShowsClock = showsClock });

                Assert.True(failure?.Contains(sentence, StringComparison.Ordinal) == true, $"command {at}: {failure}");
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("OK")]
    [InlineData("IRQ raise 3\n")]
    public void SilenceIsEndedWhenPatienceIs(string instead)
    {
        foreach (var at in (int[])[1, 30, 80])
        {
            var failure = Use(new FakeQemu((n, _) => n == at ? instead : null, TimeSpan.FromMilliseconds(150)));

            Assert.Contains("QEMU has not answered for 0.2 s. Its process is ended; attach again.", failure, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void PatienceEndsOnceHoweverMuchIsAskedBehindIt()
    {
        var silentAt = 0;
        // The write to the BAR is posted; a read follows it.
        var qemu = new FakeQemu((n, line) =>
        {
            var isWrite = line.StartsWith("writel 0x", StringComparison.Ordinal) && line.EndsWith(" 0x1234", StringComparison.Ordinal);
            if (silentAt == 0 && isWrite) silentAt = n;
            return silentAt == 0 ? null : "";
        }, TimeSpan.FromMilliseconds(150));

        var failure = Use(qemu);

        Assert.Contains("QEMU has not answered for 0.2 s.", failure, StringComparison.Ordinal);
        Assert.Equal(silentAt, qemu.Asked);
    }

    [Fact]
    public void AClockThatCannotBeLedIsFoundOut()
    {
        var failure = Use(new FakeQemu((_, line) => line.StartsWith("clock_step", StringComparison.Ordinal) ? "OK 1\n" : null));

        Assert.Contains("this QEMU's cannot be led", failure, StringComparison.Ordinal);
    }

    [Fact]
    public void LinesAboutInterruptsMayComeBeforeAnyAnswer()
    {
        const string Answers = "IRQ raise 1\nIRQ lower 1\nOK little\n";

        Assert.Null(Use(new FakeQemu((_, line) => line.StartsWith("endianness", StringComparison.Ordinal) ? Answers : null)));
    }

    // Nobody waits for the answer to that.
    [Theory]
    [InlineData(FakeQemu.Close, FakeQemu.LastWords)]
    [InlineData("ok\n", "expected OK: 'ok'")]
    [InlineData("", "QEMU has not answered for 0.2 s.")]
    public void ByTheWallClockItIsFoundWhenTheClockIsSet(string answer, string sentence)
    {
        foreach (var isIdle in (bool[])[true, false])
        {
            var isEnumerated = false;
            using var qemu = new FakeQemu(
                (_, line) => line.StartsWith("clock_set", StringComparison.Ordinal) && Volatile.Read(ref isEnumerated) ? answer : null,
                TimeSpan.FromMilliseconds(150));
            using var bench = new TestBench(qemu.Open(Pacing.WallClock), null, new TestBenchOptions { Pacing = Pacing.WallClock });
            bench.Enumerate();
            Volatile.Write(ref isEnumerated, true);

            var failure = Assert.Throws<ExpectationFailedException>(isIdle ? () => bench.Wait(Duration.FromSeconds(60)) : ReadOn);

            Assert.Contains(sentence, failure.Message, StringComparison.Ordinal);

            void ReadOn()
            {
                for (var answered = true; answered;) answered = bench.ReadMemory(bench.Bars[0].Address + 4, 4).IsSuccessful;
            }
        }
    }

    /// <returns>How it failed; null if it did not.</returns>
    private static string? Use(FakeQemu qemu)
    {
        using (qemu)
            try
            {
                using var bench = new TestBench(qemu.Open());
                bench.Enumerate();
                bench.WriteMemory(bench.Bars[0].Address + 4, 0x1234, 4);
                for (var read = 0; read < 40; read++) bench.ReadMemory(bench.Bars[0].Address + 4, 4);
                Assert.True(qemu.Asked > SomeCommands, $"{qemu.Asked} commands");
                return null;
            }
            catch (Exception e) when (e is IOException or ExpectationFailedException)
            {
                return e.Message;
            }
    }
}
