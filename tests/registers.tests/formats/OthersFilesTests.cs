using Pcie.Registers.Formats;

namespace Pcie.Registers.Tests.Formats;

/// <summary>What other people's files were seen to have, beyond the samples: each kind in a file of a few lines.</summary>
public sealed class OthersFilesTests
{
    private const string Field = "field { sw = rw; } f[3:0]";

    [Fact]
    public void IpXactWorksValuesOutByFunctionsAndByParametersOfWhateverHasThem() => Assert.Equal(
        ["1000 A/32 F[4:0]RW=5"],
        Lines(Component("<addressBlock><name>b</name><baseAddress>BASE</baseAddress><range>$pow(2, 4)</range><width>32</width>"
            + "<parameters><parameter parameterId='BASE'><name>base</name><value>'h1000</value></parameter></parameters>"
            + Register("A", "0", "<field><name>F</name><bitOffset>0</bitOffset><resets><reset><value>('h35) / $pow(2,0) % $pow(2,4)</value></reset>"
                + "</resets><bitWidth>$clog2(DEPTH)</bitWidth></field>") + "</addressBlock>",
            "<model><instantiations><componentInstantiation><moduleParameters><moduleParameter parameterId='DEPTH'><name>d</name><value>17</value>"
            + "</moduleParameter></moduleParameters></componentInstantiation></instantiations></model>"), "m.xml"));

    [Theory]
    [InlineData("$clog2(1)", 0)]
    [InlineData("$clog2(2)", 1)]
    [InlineData("$clog2(32)", 5)]
    [InlineData("$clog2(33)", 6)]
    [InlineData("$pow(2, $clog2(5))", 8)]
    public void AFunctionIsWorkedOutAsSystemVerilogDoes(string expression, int value) => Assert.Equal(
        [$"{8 * value:X} A/32 VALUE[31:0]RW"], Lines(Component(Block("0", Register("A", $"8 * {expression}"))), "m.xml"));

    [Fact]
    public void AFunctionThatIsNotKnownIsRefusedByName() => Assert.Equal(
        "m.xml:1: $sqrt of 1 numbers is not worked out; expected $pow(a, b) or $clog2(a)",
        Assert.Throws<InvalidDataException>(() => MapFile.Parse(Component(Block("0", Register("A", "$sqrt(4)"))), "m.xml")).Message);

    [Fact]
    public void AnIpXactRegisterOfDimensionZeroIsNoArray() => Assert.Equal(
        ["4 A/32 VALUE[31:0]RW"], Lines(Component(Block("0", Register("A", "4", "<dim>0</dim>"))), "m.xml"));

    [Fact]
    public void BlocksOfASerialBankFollowEachOtherAndThoseOfAParallelOneAreNoted()
    {
        var imported = MapFile.Parse(Component("<bank bankAlignment='serial'><name>k</name><baseAddress>0x100</baseAddress>"
            + $"{Block(null, Register("A", "0"))}<bank bankAlignment='serial'><name>i</name>{Block(null, Register("B", "4"), "c")}</bank></bank>"
            + $"<bank bankAlignment='parallel'><name>p</name><baseAddress>0</baseAddress>{Block(null, Register("X", "0"))}</bank>"), "m.xml");

        Assert.Equal(["100 b_A/32 VALUE[31:0]RW", "114 c_B/32 VALUE[31:0]RW"], Samples.Lines(imported));
        Assert.Equal(["m.xml:1: a bank whose blocks are parallel is not carried"], imported.Notes);
    }

    [Fact]
    public void OfSeveralResetsOfIpXactTheHardOneIsTheValueAfterReset() => Assert.Equal(
        ["0 A/32 F[3:0]RW=9"], Lines(Component(Block("0", Register("A", "0", "<field><name>F</name><bitOffset>0</bitOffset><resets>"
            + "<reset resetTypeRef='SOFT'><value>1</value></reset><reset><value>9</value></reset></resets><bitWidth>4</bitWidth></field>"))),
            "m.xml"));

    [Fact]
    public void SystemRdlParametersMayBeTextsAndWords()
    {
        var imported = MapFile.Parse("""
            reg r #(string TITLE = "nobody's", onwritetype HOW = woset) {
              name = TITLE; field { sw = rw; onwrite = HOW; } f[0:0] = 0;
            };
            addrmap m #(onwritetype OURS = woclr) {
              r a; r #(.TITLE("ours"), .HOW(OURS)) b;
            };
            """, "m.rdl");

        Assert.Equal(["0 a/32 f[0]W1S=0", "4 b/32 f[0]W1C=0"], Samples.Lines(imported));
        Assert.Equal(["nobody's", "ours"], imported.Map.Blocks[0].Registers.Select(register => register.Description));
    }

    [Fact]
    public void PropertiesOfPeakRdlThatAFileUsesAndDoesNotDefineAreNoted()
    {
        var imported = MapFile.Parse($"addrmap m {{ reg {{ buffer_writes; {Field}; f->is_signed = true; }} a; }};", "m.rdl");

        Assert.Equal(["0 a/32 f[3:0]RW"], Samples.Lines(imported));
        Assert.Equal(["m.rdl:1: buffer_writes is hardware's doing, which a map does not carry",
            "m.rdl:1: is_signed is hardware's doing, which a map does not carry"], imported.Notes);
    }

    [Theory]
    [InlineData("addrmap m {\n  elsewhere a;\n};",
        "m.rdl:2: there is no component 'elsewhere' here; if another file has it, put that before this one, in one file")]
    [InlineData("addrmap m {\n  reg { our_own_tag = 1; field {} f; } a;\n};",
        "m.rdl:2: SystemRDL has no property 'our_own_tag', and the file does not define it; if another file does, put that before this one, in one "
        + "file")]
    public void WhatAnotherFileHasIsRefusedWithTheCure(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<InvalidDataException>(() => MapFile.Parse(text, "m.rdl")).Message);

    [Fact]
    public void ARegisterToReadAndOneToWriteMayShareTheirPlace()
    {
        var imported = MapFile.Parse(
            "register,offset,field,bits,access\nRX,0,,,RO\nTX,0,,,WO\nPORT,4,IN,7:0,RO\nPORT,4,OUT,7:0,WO\n", "m.csv");

        Assert.Equal(["0 RX/32 VALUE[31:0]RO", "4 PORT/32 IN[7:0]RO"], Samples.Lines(imported));
        Assert.Equal(["m.csv:3: of a register to read and one to write at the same place the first is carried",
            "m.csv:5: of a field to read and one to write in the same bits the first is carried"], imported.Notes);
    }

    [Fact]
    public void SpaceThatIsCalledReservedAgainAndAgainHasNamesOfItsOwn() => Assert.Equal(
        ["0 A/32 reserved[3:1]RO reserved_8[31:8]RO", "4 RSVD/32 VALUE[31:0]RO", "8 RSVD_8/32 VALUE[31:0]RO"],
        Lines("register,offset,field,bits,access\nA,0,reserved,3:1,RO\nA,0,reserved,31:8,RO\nRSVD,4,,,RO\nRSVD,8,,,RO\n", "m.csv"));

    [Fact]
    public void ATableMayHaveNumbersOfVerilog() => Assert.Equal(
        ["10 A/32 F[7:0]RW=A5"], Lines("register,offset,field,bits,reset\nA,'h10,F,7:0,8'b1010_0101\n", "m.csv"));

    [Fact]
    public void AnSvdThatSaysItsAddressesCountWordsIsBelievedOnlyWhereTheyDo()
    {
        var imported = MapFile.Parse(Device("0x0", "0x4"), "m.svd");

        Assert.Equal(["0 R0/32 VALUE[31:0]RW", "4 R1/32 VALUE[31:0]RW"], Samples.Lines(imported));
        Assert.Equal(["m.svd:1: addressUnitBits is 32, and registers lie 4 apart: addresses are taken to count bytes"], imported.Notes);
        Assert.Equal("m.svd:1: addressUnitBits is 32; expected 8: addresses count bytes",
            Assert.Throws<InvalidDataException>(() => MapFile.Parse(Device("0x0", "0x1"), "m.svd")).Message);
    }

    private static string Device(params string[] offsets) =>
        "<device><name>D</name><addressUnitBits>32</addressUnitBits><peripherals><peripheral><name>P</name><baseAddress>0</baseAddress><registers>"
        + string.Concat(offsets.Select((at, i) => $"<register><name>R{i}</name><addressOffset>{at}</addressOffset></register>"))
        + "</registers></peripheral></peripherals></device>";

    private static IEnumerable<string> Lines(string text, string name) => Samples.Lines(MapFile.Parse(text, name));

    private static string Component(string blocks, string more = "") =>
        $"<component><name>c</name><memoryMaps><memoryMap><name>m</name>{blocks}</memoryMap></memoryMaps>{more}</component>";

    private static string Block(string? at, string registers, string name = "b") =>
        $"<addressBlock><name>{name}</name>{(at is null ? "" : $"<baseAddress>{at}</baseAddress>")}<range>0x10</range><width>32</width>{registers}"
        + "</addressBlock>";

    private static string Register(string name, string offset, string more = "") =>
        $"<register><name>{name}</name><addressOffset>{offset}</addressOffset><size>32</size>{more}</register>";
}
