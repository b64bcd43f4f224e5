using Pcie.Emu.Commands;

namespace Pcie.EndToEnd.Tests.CommandLine;

public sealed class VerdictColoursTests
{
    [Theory]
    [InlineData("OVERRUN     chunk 76 at 4 s", "[bold red]OVERRUN     chunk 76 at 4 s[/]")]
    [InlineData("  VERDICT   a late DPC [sic]", "[yellow]  VERDICT   a late DPC [[sic]][/]")]
    [InlineData("    would help      a DMA buffer of 2 slots", "[green]    would help      a DMA buffer of 2 slots[/]")]
    [InlineData("expected    NOT AS EXPECTED", "[bold red]expected    NOT AS EXPECTED[/]")]
    [InlineData("chunks      7 produced", "chunks      7 produced")]
    public void WhatALineComesToHasAColourOnATerminal(string line, string marked) => Assert.Equal(marked, VerdictColours.Marked(line));
}
