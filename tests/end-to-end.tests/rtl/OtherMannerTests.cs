using Pcie.Emulator.Hosting;
using Pcie.Emulator.Rtl;
using Pcie.Fixtures.Programs;
using Pcie.Pci.Messages;
using Pcie.TestKit;
using Pcie.TestKit.Emulated;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Rtl;

/// <summary>RTL that was not written for the harness: its ports are found, connected by name, or refused with what is wrong.</summary>
public sealed class OtherMannerTests
{
    private const string Reads = "input [11:0] s_axil_araddr, input s_axil_arvalid, output s_axil_arready, output [31:0] s_axil_rdata, ";

    [Fact]
    public async Task PortsOfOtherNamesAreConnectedAndParametersSet()
    {
        var library = await RtlBuild.VerilogAsync("other", "--port", "clk=S_AXI_ACLK", "--port", "rst_n=S_AXI_ARESETN", "--port", "s_axil=S_AXI",
            "-GIDENTITY=32'hFDA0", Path.Combine(ShippedScenarios.Repository, "tests/end-to-end.tests/rtl/cards/other_manner.sv"));
        using var folder = new TemporaryFolder();
        folder.Write("card.rdl", """
            addrmap other {
                reg { field {} VALUE[31:0] = 0; } IDENTITY @ 0x0;
                reg { field {} VALUE[31:0] = 0; } SCRATCH @ 0x4;
            };
            """);
        var config = folder.Write("card.toml", "[card]\nbars = [4096]\nmap = \"card.rdl\"\n");
        using var emulator = await RunningEmulator.StartAsync("--device", $"rtl:{library}", "--device-config", config);

        Assert.Contains("0x0000fda0", await PeekAsync("IDENTITY"), StringComparison.Ordinal);
        // That it has been reset.
        Assert.Contains("0x00c0ffee", await PeekAsync("SCRATCH"), StringComparison.Ordinal);
        var check = await RunningProgram.RunAsync("emu", "check", emulator.Uri);
        Assert.Contains("17 passed, 0 failed", check.Output, StringComparison.Ordinal);

        async Task<string> PeekAsync(string place) => (await RunningProgram.RunAsync("emu", "peek", emulator.Uri, place)).Output;
    }

    [Theory]
    [InlineData(64)]
    [InlineData(128)]
    public async Task FullAxiOnBothSidesIsServedWithItsBurstsAndIds(int width)
    {
        var library = await RtlBuild.VerilogAsync($"full-{width}", "--port", "clk=axi_aclk", "--port", "rst_n=axi_aresetn",
            "--port", "s_axil=s00_axi", "--port", "m_axi=m00_axi", "--port", "irq=done_interrupt", $"-GC_AXI_DATA_WIDTH={width}",
            Path.Combine(ShippedScenarios.Repository, "tests/end-to-end.tests/rtl/cards/full_manner.sv"));
        var options = new TestBenchOptions();
        var card = new CardUnderTest(CardDesign.Rtl(new RtlPlace(library, null, null), RtlConfig.Default));
        using var bench = new TestBench(card.Attach(options), null, options);
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 1);
        var (bar, bytes) = (bench.BarOf(0).Address, 16 * width / 8);
        var (source, destination) = (bench.Memory.Allocate(4096, addressWidth: 32), bench.Memory.Allocate(4096, addressWidth: 32));
        for (var i = 0; i < bytes; i++) source.Span[i] = (byte)(i * 7);

        bench.WriteMemory(bar, (uint)source.Address, 4);
        bench.WriteMemory(bar + 4, (uint)destination.Address, 4);
        bench.ExpectMessage(0, Duration.FromMicroseconds(20));

        Assert.Equal(1u, (uint)bench.ReadMemory(bar + 8, 4).Value);
        Assert.True(source.Span[..bytes].SequenceEqual(destination.Span[..bytes]));
    }

    [Theory]
    [InlineData("input S_AXI_ACLK, input [1:0] a",
        "has no input clk or aclk; name its clock by --port clk=NAME; its inputs of one bit are: S_AXI_ACLK")]
    [InlineData("input clk, input nope", "--port s_axil=S_AXI: top has no port S_AXI, and none that begins with S_AXI_; it has clk nope", "--port",
        "s_axil=S_AXI")]
    [InlineData("input clk, input go", "there is no port start", "--port", "start=go")]
    [InlineData("input clk, input aclk", "top has a port clk of that name already", "--port", "clk=aclk")]
    [InlineData("input clk, " + Reads + "output s_axil_rvalid", "lacks s_axil_rready")]
    [InlineData("input clk, " + Reads + "output s_axil_rvalid, output s_axil_rready", "s_axil_rready of top is an output; expected an input")]
    [InlineData("input clk, output [23:0] m_axis_tdata, output m_axis_tvalid, input m_axis_tready",
        "m_axis_tdata of top has 24 bits; expected 8, 16, 32")]
    [InlineData("input clk, output irq, output irq_req, input irq_ack", "top has irq and irq_req; expected one of them")]
    [InlineData("input clk output irq", "Verilator makes nothing of top; it says why")]
    [InlineData("input clk, bus.slave s", "ports of top are interfaces; expected plain ones")]
    [InlineData("input clk", "Verilator makes nothing of other", "--top", "other")]
    [InlineData("input clk", "-o of what?", "-o")]
    [InlineData("input clk", "there is no file nothing.v", "nothing.v")]
    [InlineData("input clk", "card.vhd is VHDL; docs/rtl.md has the command", "card.vhd")]
    public async Task WhatCannotBeConnectedIsRefused(string ports, string sentence, params string[] options)
    {
        RtlBuild.Require("verilator");
        RtlBuild.Require("g++");
        using var folder = new TemporaryFolder();
        var source = folder.Write("top.sv", $"interface bus; logic a; modport slave(input a); endinterface\nmodule top({ports}); endmodule\n");

        var said = await RtlBuild.RunAsync(2, "sh", ["-c", """cd "$(dirname "$0")" && exec "$@" """, source, RtlBuild.BuildCard,
            source, .. options]);

        Assert.Contains(sentence, said, StringComparison.Ordinal);
    }
}
