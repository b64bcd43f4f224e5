using System.Diagnostics;
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatRegistersRefuseTheHostReadsAsAllOnesByTheStatusThatBelongsToIt(bool bySocket)
    {
        using var folder = new TemporaryFolder();
        using var simulator = bySocket ? await SimulatorAsync(folder["refusing.sock"]) : null;
        using var bench = Bench(bySocket ? new RtlPlace(folder["refusing.sock"], null, null, true) : await LibraryAsync());
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ResponsesOfHostMemorySayWhyItWasNotHad(bool bySocket)
    {
        using var folder = new TemporaryFolder();
        using var simulator = bySocket ? await SimulatorAsync(folder["refusing.sock"]) : null;
        using var bench = Bench(bySocket ? new RtlPlace(folder["refusing.sock"], null, null, true) : await LibraryAsync());
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

    private static string Card(string file) => Path.Combine(ShippedScenarios.Repository, "tests/end-to-end.tests/rtl/cards", file);

    private static async Task<RtlPlace> LibraryAsync() => new(await RtlBuild.VerilogAsync("refusing", Card("refusing.sv")), null, null);

    private static async Task<RunningProgram> SimulatorAsync(string path)
    {
        RtlBuild.Require("python3");
        var start = new ProcessStartInfo("python3", [Card("refusing.py"), path]);
        start.Environment["PYTHONPATH"] = Path.Combine(RtlBuild.Rtl, "python");
        var simulator = RunningProgram.Start(start);
        await simulator.PrintsAsync("listening");
        return simulator;
    }

    private static TestBench Bench(RtlPlace place)
    {
        var options = new TestBenchOptions();
        var bench = new TestBench(new CardUnderTest(CardDesign.Rtl(place, RtlConfig.Default)).Attach(options), null, options);
        bench.Enumerate();
        return bench;
    }
}
