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
