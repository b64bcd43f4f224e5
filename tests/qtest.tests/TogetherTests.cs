using Pcie.Pci;
using Pcie.Qtest.Tests.Fixtures;
using Pcie.TestKit;

namespace Pcie.Qtest.Tests;

/// <summary>What is asked of QEMU at once, and what only when the answer is known.</summary>
public sealed class TogetherTests
{
    private const string Step = "writeq 0xfed00108";

    [Fact]
    public void AReadTakesTheStepBehindItAlong()
    {
        using var qemu = new FakeQemu((_, _) => null);
        using var bench = Enumerated(qemu);

        for (var read = 0; read < 10; read++) bench.ReadMemory(bench.Bars[0].Address, 4);

        Assert.Equal(10, qemu.Came.Count);
        Assert.All(qemu.Came, came => Assert.Matches(@"^readl 0x\w+\nwriteq 0xfed00108 \d+\nclock_step\n$", came));
    }

    [Fact]
    public void ReadsInFlightTogetherAreOfOneTimeAndTheLastTakesTheStep()
    {
        using var qemu = new FakeQemu((_, _) => null);
        using var bench = Enumerated(qemu);

        var first = bench.Bars[0].Address;
        var asked = new[] { first, first + 4, first + 8 }.Select(at => bench.Begin(Tlp.Request(TlpKind.MemoryRead, at, 4), default)).ToList();
        foreach (var one in asked) Assert.True(bench.Await(one).IsSuccessful);

        Assert.Equal([false, false, true], qemu.Came.Select(came => came.Contains(Step, StringComparison.Ordinal)));
    }

    [Fact]
    public void AWriteHasItsStepWhenWhatItSetOffIsOver()
    {
        using var qemu = new FakeQemu((_, _) => null);
        using var bench = Enumerated(qemu);

        bench.WriteMemory(bench.Bars[0].Address, 1, 4);
        bench.ReadMemory(bench.Bars[0].Address, 4);

        Assert.DoesNotContain(qemu.Came,
            came => came.StartsWith("writel", StringComparison.Ordinal) && came.Contains(Step, StringComparison.Ordinal));
    }

    private static TestBench Enumerated(FakeQemu qemu)
    {
        var bench = new TestBench(qemu.Open());
        bench.Enumerate();
        qemu.Came.Clear();
        return bench;
    }
}
