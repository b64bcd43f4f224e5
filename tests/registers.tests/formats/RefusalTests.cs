using Pcie.Registers.Formats;

namespace Pcie.Registers.Tests.Formats;

/// <summary>A map that cannot be is refused with its line, what was found, and what to do.</summary>
public sealed class RefusalTests
{
    private const string Rdl = "addrmap a {\n  reg { field { sw = rw; } f[3:0] = 1; } R @ 0;\n",
        Csv = "register,offset,width,field,bits,access,reset\n";

    [Theory]
    [InlineData("m.rdl", Rdl + "  reg { field {} f; } S @ 2;\n};", "m.rdl:3: S of 32 bits is at 0x2; expected a multiple of 4")]
    [InlineData("m.rdl", Rdl + "  reg { regwidth = 8; field {} f; } S @ 2;\n};",
        "m.rdl:3: S at 0x2 overlaps R at 0x0 of line 2; move one, or leave out one of two views of the same register")]
    [InlineData("m.rdl", Rdl + "  reg { field {} f[32:30]; } S;\n};", "m.rdl:3: S.f has bits 32..30; expected bits of S, 31..0")]
    [InlineData("m.rdl", Rdl + "  reg { field {} f[3:0]; field {} g[5:3]; } S;\n};",
        "m.rdl:3: S.g has bits 5:3, which overlap f with 3:0; a bit is in one field: leave out one of two views of the same bits")]
    [InlineData("m.rdl", Rdl + "  reg { field { sw = rx; } f; } S;\n};", "m.rdl:3: sw = rx; expected rw, r, w, rw1, w1 or na")]
    [InlineData("m.rdl", Rdl + "  reg { field { onwrite = wo1c; } f; } S;\n};",
        "m.rdl:3: onwrite = wo1c; expected woclr, woset, wot, wzc, wzs, wzt, wclr, wset or wuser")]
    [InlineData("m.rdl", Rdl + "  reg { field { sw = r; onwrite = woclr; } f; } S;\n};",
        "m.rdl:3: f has sw = r and onwrite = woclr; a write has an effect only where there is one")]
    [InlineData("m.rdl", Rdl + "  reg { field { onwirte = woclr; } f; } S;\n};",
        "m.rdl:3: SystemRDL has no property 'onwirte'; did you mean onwrite?")]
    [InlineData("m.rdl", Rdl + "  reg { field {} f[3:0] = 16; } S;\n};", "m.rdl:3: S.f has 4 bits, which cannot hold its reset value 0x10")]
    [InlineData("m.rdl", Rdl + "  reg {\n  regwidth = 12; field {} f; } S;\n};",
        "m.rdl:4: regwidth is 12; expected 8, 16, 32 or 64: reserve the rest, or make two registers of it")]
    [InlineData("m.rdl", Rdl + "  reg { field {} f; } R @ 8;\n};", "m.rdl:3: R is the name of two instances; rename one")]
    [InlineData("m.rdl", Rdl + "  reg { field {} f; } S[1000000] @ 0x100;\n};",
        "m.rdl:1: a has 1000001 registers; expected 65536 at the most: describe memory as memory")]
    [InlineData("m.rdl", Rdl + "  reg { field {} f; } S[1 << 40];\n};", "m.rdl:3: S is 1099511627776; expected 1 to 1048576")]
    [InlineData("m.rdl", Rdl + "  reg { field {} f; } S\n};", "m.rdl:4: expected ';', got '}'")]
    [InlineData("m.rdl", "addrmap a {\n  reg { field {} f; } R[4 - ;\n};", "m.rdl:2: expected a value, got ';'")]
    [InlineData("m.rdl", "addrmap a {\n  `include \"x.rdl\"\n};",
        "m.rdl:2: `include \"x.rdl\": there is no such file; it is looked for beside the one that names it")]
    [InlineData("m.rdl", "addrmap a {\n  <% for (1..2) { %>\n};",
        "m.rdl:2: '<%' begins Perl for a preprocessor that is not run here; give the file that comes out of it")]
    [InlineData("m.rdl", "addrmap a {\n  external mem { mementries = 4; memwidth = 32; } M;\n};",
        "m.rdl:1: no registers; expected some; m.rdl:2: memories are not carried")]
    [InlineData("m.rdl", "addrmap a {\n  bigendian;\n  reg { field {} f; } R;\n};",
        "m.rdl:1: bigendian: PCI Express is little-endian; swap the bytes, or leave it out")]
    [InlineData("m.rdl", "addrmap a { desc = \"no end\n", "m.rdl:1: this text has no end; expected \"")]
    [InlineData("m.csv", Csv + "R,0,,,,RX,\n", "m.csv:2: access 'RX'; expected RO, RW, WO, W1C, RC or another of docs/own-registers.md")]
    [InlineData("m.csv", Csv + "R,zero,,,,,\n", "m.csv:2: offset is 'zero'; expected a number, as in 10, 0x1F or 8'h1F")]
    [InlineData("m.csv", Csv + "R,0,24,,,,\n", "m.csv:2: R has 24 bits; expected 8, 16, 32 or 64")]
    [InlineData("m.csv", "register,ofset\n", "m.csv:1: there is no column 'ofset'; did you mean offset?")]
    [InlineData("m.csv", "register,field\n",
        "m.csv:1: there is no column offset; expected it, of bar, register, offset, width, field, bits, access, reset, values, description")]
    [InlineData("m.csv", Csv, "m.csv:1: no registers; expected some")]
    [InlineData("m.csv", "", "m.csv:1: the file is empty; expected SystemRDL, IP-XACT, CMSIS-SVD or CSV")]
    [InlineData("m.svd", "<device><peripherals>\n<peripheral><name>P</name></peripheral></peripherals></device>",
        "m.svd:2: this peripheral has no baseAddress; expected one")]
    [InlineData("m.xml", "<project/>", "m.xml:1: the root element is project; expected device of CMSIS-SVD, or component of IP-XACT")]
    public void WhatCannotBeIsRefusedWithItsLine(string name, string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<InvalidDataException>(() => MapFile.Parse(text, name)).Message);

    [Theory]
    [InlineData("<access>read-mostly</access>",
        "m.svd:7: access 'read-mostly'; expected read-write, read-only, write-only, read-writeOnce, writeOnce, "
        + "no-access")]
    [InlineData("<bitRange>[40:33]</bitRange>", "m.svd:7: R.F has bits 40..33; expected bits of R, 31..0")]
    [InlineData("<modifiedWriteValues>oneToKill</modifiedWriteValues>", "m.svd:7: modified write value 'oneToKill'; expected oneToClear, oneToSet, "
        + "oneToToggle, zeroToClear, zeroToSet, zeroToToggle, clear, set or modify")]
    public void WhatSvdHasNoWordForIsRefused(string saying, string expected)
    {
        var bits = saying.Contains("bitRange", StringComparison.Ordinal) ? saying : $"<bitRange>[3:0]</bitRange>{saying}";
        var text = $"""
            <device>
            <name>D</name>
            <peripherals>
            <peripheral><name>P</name><baseAddress>0</baseAddress>
            <registers>
            <register><name>R</name><addressOffset>0</addressOffset><fields>
            <field><name>F</name>{bits}</field>
            </fields></register></registers></peripheral></peripherals></device>
            """;

        Assert.Equal(expected, Assert.Throws<InvalidDataException>(() => MapFile.Parse(text, "m.svd")).Message);
    }

    [Fact]
    public void AnXmlThatIsNoneIsRefusedWithTheLineWhereItCeasesToBe() =>
        Assert.StartsWith("m.svd:2: this is no well-formed XML: ", Refusal("<device>\n<name>D</device>"), StringComparison.Ordinal);

    [Fact]
    public void ADerivationThatGoesInACircleIsRefused()
    {
        const string Text = """
            <device><peripherals>
            <peripheral derivedFrom="B"><name>A</name><baseAddress>0</baseAddress></peripheral>
            <peripheral derivedFrom="A"><name>B</name><baseAddress>0</baseAddress></peripheral>
            </peripherals></device>
            """;

        Assert.Contains("goes round in a circle", Assert.Throws<InvalidDataException>(() => MapFile.Parse(Text, "m.svd")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void AnXmlThatDeclaresEntitiesIsRefusedBeforeAnyGrows()
    {
        var bomb = "<!DOCTYPE device [<!ENTITY a \"ha\">" + string.Concat(Enumerable.Range(0, 9).Select(i =>
            $"<!ENTITY {(char)('b' + i)} \"{string.Concat(Enumerable.Repeat($"&{(char)('a' + i)};", 10))}\">")) + "]>\n<device>&j;</device>";

        Assert.EndsWith("a document type is not read, take <!DOCTYPE out", Refusal(bomb), StringComparison.Ordinal);
        Assert.EndsWith("a document type is not read, take <!DOCTYPE out",
            Refusal("<!DOCTYPE device [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><device>&x;</device>"), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNestedWithoutEndIsRefusedByName()
    {
        Assert.Contains("elements nested deeper than 64", Refusal(string.Concat(Enumerable.Repeat("<device>", 100_000))), StringComparison.Ordinal);
        Assert.Contains("nested deeper than 32", Refusal(string.Concat(Enumerable.Repeat("regfile { ", 100_000)), "m.rdl"), StringComparison.Ordinal);
        Assert.Contains("nested deeper than 100", Refusal($"addrmap a {{ reg {{ field {{}} f = {new string('(', 100_000)}", "m.rdl"),
            StringComparison.Ordinal);
        Assert.Contains("perhaps within themselves", Refusal("regfile r { r again; };\naddrmap a { r x; };", "m.rdl"), StringComparison.Ordinal);
    }

    [Fact]
    public void AMillionRegistersAreRefusedAndNotMade()
    {
        var rows = string.Concat(Enumerable.Range(0, 70_000).Select(i => $"R{i},{i * 4},,,,,\n"));

        Assert.StartsWith("m.csv:65538: more than 65,536 registers, R65536 is one more;", Refusal(Csv + rows, "m.csv"), StringComparison.Ordinal);
        Assert.Contains("dim is 1000000; expected 65536 at the most",
            Refusal("<device><peripherals><peripheral><name>P</name><baseAddress>0</baseAddress>"
            + "<registers><register><dim>1000000</dim><dimIncrement>4</dimIncrement><name>R%s</name>"
            + "<addressOffset>0</addressOffset></register></registers>"
            + "</peripheral></peripherals></device>"), StringComparison.Ordinal);
        // Each holds ten of the next: a billion, of which none is made.
        var tenfold = string.Concat(Enumerable.Range(0, 9).Select(i =>
            $"regfile t{i} {{ {(i == 0 ? "reg { field {} f; }" : $"t{i - 1}")} x[10]; }};\n"));
        Assert.Contains("10000000000 registers", Refusal($"{tenfold}addrmap a {{ t8 x[10]; }};", "m.rdl"), StringComparison.Ordinal);
    }

    private static string Refusal(string text, string name = "m.svd") =>
        Assert.Throws<InvalidDataException>(() => MapFile.Parse(text, name)).Message;

    // What is left out is noted; where nothing else is there, the refusal says it.
    [Fact]
    public void ParallelBanksAloneAreRefusedByName() => Assert.Equal(
        "m.xml:1: no registers; expected some; m.xml:3: a bank whose blocks are parallel is not carried",
        Assert.Throws<InvalidDataException>(() => MapFile.Parse("""
            <component><memoryMaps><memoryMap>
              <name>m</name>
              <bank bankAlignment="parallel"><name>b</name><baseAddress>0</baseAddress>
                <addressBlock><name>a</name><range>16</range><width>32</width>
                  <register><name>R</name><addressOffset>0</addressOffset><size>32</size></register></addressBlock>
              </bank></memoryMap></memoryMaps></component>
            """, "m.xml")).Message);
}
