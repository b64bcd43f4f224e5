using Pcie.Emulator.Hosting;
using Pcie.Emulator.Rtl;
using Pcie.Fixtures.Programs;
using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.TestKit;
using Pcie.TestKit.Emulated;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Rtl;

/// <summary>
/// Responses of AXI that are none of OKAY: of the card's registers, which the block behind which it lies turns into completions, and of host memory,
/// which it turns into responses.
/// </summary>
public sealed class RefusalTests
{
    private const uint Scratch = 0, SlaveError = 8, Nobody = 12, Read = 16, Write = 20;
    private const uint Answered = 0x8000_0000, Pattern = 0xCAFE;

    [Fact]
    public async Task WhatRegistersRefuseTheHostReadsAsAllOnesByTheStatusThatBelongsToIt()
    {
        using var bench = await BenchAsync();
        var bar = bench.BarOf(0).Address;

        bench.WriteMemory(bar + Scratch, Pattern, 4);
        Assert.Equal((RequestOutcome.Successful, Pattern), Ended(bar + Scratch));
        Assert.Equal((RequestOutcome.CompleterAbort, uint.MaxValue), Ended(bar + SlaveError));
        Assert.Equal((RequestOutcome.UnsupportedRequest, uint.MaxValue), Ended(bar + Nobody));
        // A refusal is of one access: the next is as before. A write that is refused leaves a trace in the function's errors alone.
        bench.WriteMemory(bar + SlaveError, 1, 4);
        Assert.Equal((RequestOutcome.Successful, Pattern), Ended(bar + Scratch));

        (RequestOutcome, uint) Ended(ulong address) => bench.ReadMemory(address, 4) is var answer ? (answer.Outcome, (uint)answer.Value) : default;
    }

    [Fact]
    public async Task ResponsesOfHostMemorySayWhyItWasNotHad()
    {
        using var bench = await BenchAsync();
        var bar = bench.BarOf(0).Address;
        var buffer = (uint)bench.Memory.Allocate(4096, addressWidth: 32).Address;

        // DECERR and 1: an unsupported request. A write is posted, so that nobody says so.
        Assert.Equal(Answered | 1 << 2 | 3, After(Read, 0x10));
        Assert.Equal(Answered, After(Read, buffer));
        Assert.Equal(Answered, After(Write, buffer));
        bench.Config.Write(ConfigLayout.Command, ConfigLayout.MemorySpace, 2);
        // SLVERR and 3: Bus Master Enable is off.
        Assert.Equal(Answered | 3 << 2 | 2, After(Read, buffer));
        Assert.Equal(Answered | 3 << 2 | 2, After(Write, buffer));

        uint After(uint register, uint address)
        {
            bench.WriteMemory(bar + register, address, 4);
            bench.Wait(Duration.FromMicroseconds(20));
            return (uint)bench.ReadMemory(bar + register, 4).Value;
        }
    }

    private static async Task<TestBench> BenchAsync()
    {
        var library = await RtlBuild.VerilogAsync("refusing",
            Path.Combine(ShippedScenarios.Repository, "tests/end-to-end.tests/rtl/cards/refusing.sv"));
        var options = new TestBenchOptions();
        var design = CardDesign.Rtl(new RtlPlace(library, null, null), RtlConfig.Default);
        var bench = new TestBench(new CardUnderTest(design).Attach(options), null, options);
        bench.Enumerate();
        return bench;
    }
}
