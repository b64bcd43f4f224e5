using Pcie.Fixtures.Programs;
using Pcie.Registers.Formats;

namespace Pcie.Registers.Tests.Formats;

/// <summary>Files as others' tools write them are read, down to each access and address.</summary>
public sealed class SampleTests
{
    [Fact]
    public void SystemRdlWithDefaultsParametersArraysAndTheFlagsOfItsFirstVersionIsRead()
    {
        var imported = Samples.Load("timer.rdl");

        Assert.Equal(
        [
            "0 CTRL/32 enable[0]RW=0 flip[1]W1T=1 mode[3:2]RW=1 reg[8]WO=0 key[31:24]W1",
            "4 STATUS/32 done[0]W1C late[1]W1C count[15:8]RC=FF",
            "100 channel_0_now/32 value[23:0]RO=60", "110 channel_0_at_0/32 value[15:0]RO=40", "118 channel_0_at_1/32 value[15:0]RO=40",
            "140 channel_1_now/32 value[23:0]RO=60", "150 channel_1_at_0/32 value[15:0]RO=40", "158 channel_1_at_1/32 value[15:0]RO=40",
            "180 channel_2_now/32 value[23:0]RO=60", "190 channel_2_at_0/32 value[15:0]RO=40", "198 channel_2_at_1/32 value[15:0]RO=40",
            "1A0 STAMP/64 stamp[63:0]RO=100000000",
            "1A8 BYTES_0/8 b[7:0]RW", "1A9 BYTES_1/8 b[7:0]RW", "1AA BYTES_2/8 b[7:0]RW", "1AB BYTES_3/8 b[7:0]RW",
        ], Samples.Lines(imported));
        var block = imported.Map.Blocks.Single();
        Assert.Equal(("timer", "A timer", "Of no particular make", (int?)0), (block.Name, block.Title, block.Description, block.Bar));
        var control = block.Registers[0];
        Assert.Equal(("Control", "runs the timer"), (control.Description, control.Fields[0].Description));
        Assert.Equal([new NamedValue("ONE_SHOT", 0, "stops at the end"), new NamedValue("PERIODIC", 1, "Periodic: begins again"),
            new NamedValue("CASCADED", 2)], control.Fields[2].Values);
        Assert.Equal("Counter", block.Registers[2].Description);
        Assert.Equal(["timer.rdl:28: vendor_tag is a property of the file's own, which a map does not carry",
            "timer.rdl:31: singlepulse is hardware's doing, which a map does not carry"], imported.Notes);
    }

    [Fact]
    public void SvdWithDerivationArraysClustersAndInheritedPropertiesIsRead()
    {
        var imported = Samples.Load("timer.svd");

        string[] timer =
        [
            "CR/32 EN[0]RW=1 IRQ[4]RW=1 MODE[7:6]RW=0", "SR/16 FA[0]W1C=0 FB[1]W1C=0 FC[2]W1C=0 FD[3]W1C=0 SEEN[15:8]RC=0",
            "CH3_LOAD/32 VALUE[31:0]WO1", "CH4_LOAD/32 VALUE[31:0]WO1", "CAP_0_VAL/32 VALUE[31:0]RO=0", "CAP_0_OLD/32 VALUE[31:0]RO=0",
            "CAP_1_VAL/32 VALUE[31:0]RO=0", "CAP_1_OLD/32 VALUE[31:0]RO=0",
        ];
        int[] offsets = [0, 4, 0x10, 0x14, 0x40, 0x48, 0x50, 0x58];
        Assert.Equal([.. timer.Select((line, i) => $"{offsets[i]:X} TIMER0_{line}"), .. timer.Select((line, i) =>
            $"{offsets[i] + 0x400:X} TIMER1_{line}")],
            Samples.Lines(imported));
        Assert.Equal(("TIMERS", "Two timers and a port"), (imported.Map.Name, imported.Map.Description));
        var fields = imported.Map.Blocks.Single().Registers[0].Fields;
        Assert.Equal([new NamedValue("OFF", 0), new NamedValue("ON", 1, "runs")], fields[1].Values);
        Assert.Equal([new NamedValue("_0", 0)], fields[2].Values);
        Assert.Equal(5, imported.Notes.Count);
        Assert.Contains(imported.Notes, note => note.Contains("an alternate register is another view", StringComparison.Ordinal));
    }

    [Fact]
    public void OneBlockOfAFileIsChosenByItsName()
    {
        var imported = Samples.Load("timer.svd#TIMER1");

        Assert.Equal("0 CR/32 EN[0]RW=1 IRQ[4]RW=1 MODE[7:6]RW=0", Samples.Lines(imported).First());
        Assert.Equal("TIMER1", imported.Map.Blocks.Single().Name);
    }

    [Fact]
    public void ABlockThatIsNotThereIsRefusedWithThoseThatAre()
    {
        Assert.Equal("timer.svd:1: there is no block of registers 'TIMER2'; there are TIMER0, TIMER1",
            Assert.Throws<InvalidDataException>(() => Samples.Load("timer.svd#TIMER2")).Message);
        Assert.Equal("timer-2014.xml:1: there is no block of registers 'AXI'; there are S_AXI, regs",
            Assert.Throws<InvalidDataException>(() => Samples.Load("timer-2014.xml#AXI")).Message);
        Assert.Equal("regs", Samples.Load("timer-2014.xml#regs").Map.Blocks.Single().Name);
        Assert.Equal("timer.rdl:1: there is no block of registers 'clock'; there are timer",
            Assert.Throws<InvalidDataException>(() => Samples.Load("timer.rdl#clock")).Message);
    }

    [Fact]
    public void PeripheralsTooFarApartForABarAreRefusedWithTheCure() => Assert.Equal(
        "m.svd:2: B_R is at 0xA0000000; expected an offset below 0x80000000 from the start of its BAR; choose one block of registers by FILE#NAME",
        Assert.Throws<InvalidDataException>(() =>
            MapFile.Parse($"<device><peripherals>{Peripheral("A", "0x40000000")}\n{Peripheral("B", "0xE0000000")}"
            + "</peripherals></device>", "m.svd")).Message);

    [Fact]
    public void TheTableOfTheDocsIsRead()
    {
        var page = File.ReadLines(Path.Combine(ShippedScenarios.Repository, "docs/own-registers.md")).ToList();
        var table = page.SkipWhile(line => line != "    bar,register,offset,width,field,bits,access,reset,values,description")
            .TakeWhile(line => line.Length > 0).Select(line => line.Trim());

        Assert.Equal(["0 CONTROL/32 ENABLE[0]RW=0 MODE[3:1]RW=2", "4 STATUS/32 DONE[0]W1C=0", "8 VERSION/16 VALUE[15:0]RO=102"],
            Samples.Lines(MapFile.Parse(string.Join('\n', table), "table.csv")));
    }

    [Fact]
    public void EveryAccessOfTheDocsIsKnown()
    {
        var page = File.ReadAllText(Path.Combine(ShippedScenarios.Repository, "docs/own-registers.md"));
        var section = page[page.IndexOf("## Access", StringComparison.Ordinal)..page.IndexOf("## A table", StringComparison.Ordinal)];
        var names = section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| |",
            StringComparison.Ordinal))
            .SelectMany(line => line.Split('|')[1].Split(',', StringSplitOptions.TrimEntries)).Where(name => name != "…").ToList();

        Assert.InRange(names.Count, 20, 44);
        Assert.All(names, name => Assert.True(FieldAccess.TryParse(name, out var access) && access.Name == name, name));
    }

    [Fact]
    public void IpXactOf2014WithParametersAndRegisterFilesIsRead()
    {
        var imported = Samples.Load("timer-2014.xml");

        Assert.Equal(
        [
            "0 CTRL/32 EN[0]RW=1 DONE[7:4]W1CRS", "104 CH_0_DATA_0/32 VALUE[31:0]RO", "108 CH_0_DATA_1/32 VALUE[31:0]RO",
            "114 CH_1_DATA_0/32 VALUE[31:0]RO", "118 CH_1_DATA_1/32 VALUE[31:0]RO",
        ], Samples.Lines(imported));
        Assert.Equal(("timer_ip", "A timer", "S_AXI"), (imported.Map.Name, imported.Map.Description, imported.Map.Blocks.Single().Name));
        Assert.Equal([new NamedValue("ON", 1)], imported.Map.Blocks[0].Registers[0].Fields[0].Values);
    }

    [Fact]
    public void IpXactOf2022WithAccessPoliciesAndArraysIsRead() => Assert.Equal(
        ["10 EVENT_0/32 CODE[7:0]RC=5A RSVD[15:8]NA", "18 EVENT_1/32 CODE[7:0]RC=5A RSVD[15:8]NA"], Samples.Lines(Samples.Load("timer-2022.xml")));

    [Fact]
    public void IpXactOf2009WhoseRegistersHaveTheResetValueIsRead() =>
        Assert.Equal(["4 CTRL/32 LOW[3:0]RW HIGH[7:4]RO=3"], Samples.Lines(Samples.Load("timer-2009.xml")));

    [Fact]
    public void ATableOfASpreadsheetIsRead()
    {
        var imported = Samples.Load("timer.csv");

        Assert.Equal(["0 CTRL/32 EN[0]RW=1 MODE[2:1]RW GO[31]WO", "4 STATUS/32 DONE[0]W1C=0 SEEN[15:8]RC=0", "8 VERSION/16 VALUE[15:0]RO=102"],
            Samples.Lines(imported));
        var enable = imported.Map.Blocks[0].Registers[0].Fields[0];
        Assert.Equal("runs while 1; \"stops\" at 0", enable.Description);
        Assert.Equal([new NamedValue("OFF", 0), new NamedValue("ON", 1)], enable.Values);
    }

    [Fact]
    public void AFileIsTakenForWhatIsInItWhateverItIsCalled() =>
        Assert.Equal("svd", MapFile.Parse(MapFormat.Svd.Write(Samples.Load("timer.csv").Map), "registers.txt").Format);

    private static string Peripheral(string name, string at) => $"<peripheral><name>{name}</name><baseAddress>{at}</baseAddress><registers>"
        + "<register><name>R</name><addressOffset>0</addressOffset></register></registers></peripheral>";
}
