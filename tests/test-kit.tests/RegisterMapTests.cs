using Pcie.Emulator.Hosting;
using Pcie.Registers.Formats;
using Pcie.TestKit.Emulated;

namespace Pcie.TestKit.Tests;

public sealed class RegisterMapTests
{
    private readonly RegisterMap map = new RegisterMap()
        .Register("CONTROL", bar: 2, 0x10).Field("CONTROL.ENABLE", bit: 0).Field("CONTROL.MODE", bit: 4, width: 3).Field("CONTROL.DONE", bit: 31,
            keeps: false);

    [Fact]
    public void AFieldIsTakenOutOfItsRegisterAndPutBackAtItsPlace()
    {
        var mode = map["CONTROL.MODE"];

        Assert.Equal((2, 0x10u), (mode.Bar, mode.Offset));
        Assert.Equal(5u, mode.Of(0xFFFF_FF5F));
        Assert.Equal(0x50u, mode.At(5));
    }

    [Fact]
    public void BesideAFieldThoseAreKeptThatKeepWhatIsWritten()
    {
        Assert.Equal(0x71u & ~0x70u, map["CONTROL.MODE"].KeptBeside);
        Assert.Equal(0x71u, map["CONTROL.DONE"].KeptBeside);
        Assert.Equal(0u, map["CONTROL"].KeptBeside);
    }

    [Fact]
    public void RegistersOfAMapHaveTheirOwnWidthAndThoseOf64BitsTwoNames()
    {
        var device = MapFile.Parse("bar,register,offset,width,field,bits,access\n0,WIDE,0,64,F,35:28,RW\n0,BYTE,9,8,FLAG,7,W1C\n2,BYTE,4,16,,,RW\n",
            "m.csv").Map;
        var named = RegisterMap.Of(device);

        Assert.Equal(new RegisterPlace(0, 0), named["WIDE_LO"]);
        Assert.Equal((4, 28), (named["WIDE_LO.F"].Width, named["WIDE_LO.F"].Shift));
        Assert.Equal((4u, 4, 0), (named["WIDE_HI.F"].Offset, named["WIDE_HI.F"].Width, named["WIDE_HI.F"].Shift));
        Assert.Equal((9u, 1, 7), (named["BYTE.FLAG"].Offset, named["BYTE.FLAG"].Bytes, named["BYTE.FLAG"].Shift));
        Assert.Equal((2, 4u, 2), (named["BAR2_BYTE"].Bar, named["BAR2_BYTE"].Offset, named["BAR2_BYTE"].Bytes));
        Assert.Equal("BYTE", named.NameOf(0, 9));
    }

    [Fact]
    public void AByteIsReadAndWrittenAsOneAndItsNeighboursStayAsTheyAre()
    {
        var device = MapFile.Parse("""
            register,offset,width,field,bits,access,reset
            A,0,8,,,RC,0x55
            B,1,8,LOW,3:0,RW,1
            ,,,HIGH,7:4,RW,2
            C,2,16,,,W1C,0xFFFF
            """, "m.csv").Map;
        using var bench = new CardUnderTest(CardDesign.Of(device, 0x1234, 0x0001)).Bench();
        bench.Registers = RegisterMap.Of(device);
        bench.Enumerate();

        bench.Write("B.LOW", 0xE);
        bench.Expect("B", 0x2E);
        bench.Expect("C", 0xFFFF);
        bench.Expect("A", 0x55);
        bench.Expect("A", 0);
    }

    [Theory]
    [InlineData("ENABLE", 0, 1)]
    [InlineData("CONTROL", 0, 1)]
    [InlineData("STATUS.READY", 0, 1)]
    [InlineData("CONTROL.WIDE", 30, 3)]
    public void AFieldThatHasNoPlaceIsRefused(string name, int bit, int width) => Assert.Throws<ArgumentException>(() => map.Field(name, bit, width));

    [Fact]
    public void AValueThatDoesNotFitIsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => map["CONTROL.MODE"].At(8));

    [Fact]
    public void ARegisterThatIsNotAlignedIsRefused() => Assert.Throws<ArgumentException>(() => map.Register("ODD", 0, 0x11));
}
