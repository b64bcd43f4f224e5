using CsCheck;
using Pcie.Registers.Formats;

namespace Pcie.Registers.Tests.Formats;

/// <summary>What a format carries comes back; what it does not, it says.</summary>
public sealed class RoundTripTests
{
    public static TheoryData<string> Readable => ["systemrdl", "ipxact", "svd", "csv"];

    [Theory]
    [MemberData(nameof(Readable))]
    public void AMapThatIsWrittenAndReadIsWhatTheFormatCarriesOfIt(string name)
    {
        var format = MapFormat.All.Single(one => one.Name == name);

        RandomMaps.Any.Sample(map =>
        {
            var carried = MapText.Carried(map, format);
            // A register of which a format can say no field at all is one that it cannot say.
            if (carried.Blocks.Any(block => block.Registers.Any(register => register.Fields.Count == 0))) return;
            var text = format.Write(map);
            var read = MapFile.Parse(text, $"{map.Name}{format.Ending}");
            Assert.Equal(format.Name, read.Format);
            Assert.Empty(read.Notes);
            Assert.Equal(Named(carried, format), MapText.Of(read.Map));
        }, iter: 100, threads: 1);
    }

    [Fact]
    public void FormatsThatAreReadLoseNothingButWhatIsNamed()
    {
        var access = new FieldAccess(false, WriteEffect.None);
        var map = new DeviceMap("card", "d", [new AddressBlock("bar0", 0, "t", "b",
            [new MapRegister("R", 0, 32, "r", [new MapField("F", 0, 1, access, 1, "f") { Values = [new NamedValue("V", 1, "v")] }])])]);

        Assert.Equal(["the description of the device"], MapLosses.Of(map, MapFormat.SystemRdl));
        Assert.Equal(["fields that are NA, which are left out"], MapLosses.Of(map, MapFormat.IpXact));
        Assert.Equal(["titles of blocks", "fields that are NA, which are left out"], MapLosses.Of(map, MapFormat.Svd));
        Assert.Equal(["the description of the device", "titles and descriptions of blocks", "descriptions of named values"],
            MapLosses.Of(map, MapFormat.Csv));
    }

    // Names of blocks are the table's own there.
    private static string Named(DeviceMap map, MapFormat format) => MapText.Of(format != MapFormat.Csv ? map
        : map with { Blocks = [.. map.Blocks.Select(block => block with { Name = $"bar{block.Bar}" })] });
}
