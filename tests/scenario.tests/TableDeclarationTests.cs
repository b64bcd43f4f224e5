using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Scenario.Tests;

public sealed class TableDeclarationTests
{
    private enum Rearm
    {
        EachEvent,
        WhenZero,
        Never,
    }

    private sealed record Options
    {
        [Key("integer", "i", Min = 1, Max = 9)]
        public byte Integer { get; init; } = 7;

        [Key("number", "n", Min = 0.1, Max = 1)]
        public double Number { get; init; } = 0.7;

        [Key("text", "t")]
        public string Text { get; init; } = "seven";

        [Key("maybe", "m")]
        public string? Maybe { get; init; }

        [Key("flag", "f")]
        public bool Flag { get; init; } = true;

        [Key("choice", "c", Choices = [Rearm.EachEvent, Rearm.WhenZero])]
        public Rearm Choice { get; init; } = Rearm.WhenZero;

        [Key("at", "a", Max = "1ms")]
        public SimTime At { get; init; } = new(1_500);

        [Key("below.size", "s", Unit = Unit.Bytes, Min = 128, Max = 1024, IsPowerOfTwo = true)]
        public int Size { get; init; } = 256;

        [Key("below.rate", "r", Unit = Unit.BytesPerSecond, Min = 1)]
        public long Rate { get; init; } = 1_000_000_000;

        [Key("delay", "d")]
        public Distribution Delay { get; init; } = Distribution.Fixed(new Duration(700));

        [Key("slots", "s", Min = 0, Below = "count")]
        public IReadOnlyList<int> Slots { get; init; } = [];

        [Key("slot", "s", Min = 0, Below = "count")]
        public int Slot { init => Slots = [value]; }

        [Keys]
        public Part Always { get; init; } = new() { Name = "part" };
    }

    private sealed record Part
    {
        public required string Name { get; init; }

        [Key("length", "l", Min = "1us")]
        public Duration Length { get; init; } = Duration.FromMilliseconds(50);
    }

    [Kinds(typeof(Circle), typeof(Arc), typeof(Square))]
    private abstract record Shape
    {
        [Key("name", "n")]
        public required string Name { get; init; }
    }

    private sealed record Circle : Shape
    {
        [Key("radius", "r")]
        public required long Radius { get; init; }

        [Keys]
        public Border? Border { get; init; }
    }

    private sealed record Arc : Shape
    {
        [Key("angle", "a", Excludes = "an arc is nothing else")]
        public required long Angle { get; init; }

        [Key("radius", "r")]
        public long Radius { get; init; } = 1;
    }

    private sealed record Square : Shape
    {
        [Key("side", "s")]
        public required long Side { get; init; }

        [Key("tilt", "t", Elsewhere = "only a square is tilted")]
        public long Tilt { get; init; }
    }

    private sealed record Border
    {
        [Key("width", "w")]
        public required long Width { get; init; }

        [Key("dashed", "d", Elsewhere = "only a border is dashed")]
        public bool Dashed { get; init; }
    }

    [Fact]
    public void AnAbsentKeyLeavesWhatANewObjectHas() => Assert.Equal($"{new Options()}", $"{Table("").Read<Options>(4)}");

    [Fact]
    public void EveryKindOfPropertyIsFilled()
    {
        var read = Table("""
            integer = 3
            number = 0.5
            text = "t"
            maybe = "m"
            flag = false
            choice = "each-event"
            at = "2us"
            below.size = "1 KiB"
            below.rate = "2 MB/s"
            delay = { exponential = "1ms" }
            slots = [0, 3]
            length = "1s"
            """).Read<Options>(4);
        Assert.Equal(((byte)3, 0.5, "t", "m", false, Rearm.EachEvent), (read.Integer, read.Number, read.Text, read.Maybe, read.Flag, read.Choice));
        Assert.Equal((new SimTime(2_000), 1024, 2_000_000L, "exponential, mean 1 ms"), (read.At, read.Size, read.Rate, $"{read.Delay}"));
        Assert.Equal([0, 3], read.Slots);
        Assert.Equal(("part", Duration.FromSeconds(1)), (read.Always.Name, read.Always.Length));
        Assert.Equal([2], Table("slot = 2").Read<Options>(4).Slots);
    }

    [Theory]
    [InlineData("integer = 10", "2:11: \"integer\" in [t] is 10; expected 1 to 9")]
    [InlineData("number = 2", "2:10: \"number\" in [t] is 2; expected 0.1 to 1")]
    [InlineData("choice = \"never\"", "2:10: \"choice\" in [t] is \"never\"; expected one of \"each-event\", \"when-zero\"")]
    [InlineData("at = \"1s\"", "2:6: \"at\" in [t] is 1 s; expected at most 1 ms")]
    [InlineData("below.size = 300", "2:14: \"size\" in [t.below]: 300 is not a power of two; expected 128, 256, 512 or 1024")]
    [InlineData("below.siz = 256", "2:1: unknown key \"siz\" in [t.below]; did you mean \"size\"? Known keys: size, rate")]
    [InlineData("slot = 4", "2:8: \"slot\" in [t] is 4; expected 0 to 3")]
    [InlineData("slots = [4]", "2:10: \"slots\" in [t] is 4; expected whole numbers from 0 to 3")]
    [InlineData("length = \"1ns\"", "2:10: \"length\" in [t] is 1 ns; expected at least 1 µs")]
    [InlineData("lenght = \"1s\"", "2:1: unknown key \"lenght\" in [t]; did you mean \"length\"? Known keys: integer, number, ")]
    public void WhatADeclarationDoesNotAllowIsRefusedAtItsPlace(string line, string expected) =>
        AssertRefused(line, table => table.Read<Options>(4), expected);

    [Fact]
    public void ADeclarationKnowsItsDefaultAndItsRange()
    {
        var keys = TableDeclaration.Of(typeof(Options)).Keys.ToList();
        Assert.Equal<object?[]>([7L, 0.7, "seven", null, true, "when-zero", null, 256L, "1 GB/s", "700ns", null, null, "50ms"],
            [.. keys.Select(key => key.Default)]);
        Assert.Equal(["1 to 9", "0.1 to 1", null, null, null, null, "1ms at most", "128 B to 1 KiB", "1 B/s or more", null, "0 or more, below count",
            "0 or more, below count", "1us or more"], keys.Select(key => key.Range));
        Assert.Equal([128L, 256, 512, 1024], keys.Single(key => key.Name == "below.size").Numbers);
    }

    [Fact]
    public void ATableIsTheKindWhoseKeyItHas()
    {
        Assert.Equal(new Circle { Name = "c", Radius = 2 }, Shaped("name = \"c\"\nradius = 2"));
        Assert.Equal(new Circle { Name = "c", Radius = 2, Border = new Border { Width = 1, Dashed = true } },
            Shaped("name = \"c\"\nradius = 2\nwidth = 1\ndashed = true"));
        Assert.Equal(new Square { Name = "s", Side = 2, Tilt = 3 }, Shaped("name = \"s\"\nside = 2\ntilt = 3"));
    }

    // A circle's key is one of an arc's keys too, so that with an angle it does not make the table a circle.
    [Fact]
    public void AKeyOfTwoKindsLeavesTheChoiceToTheOther() =>
        Assert.Equal(new Arc { Name = "a", Angle = 90, Radius = 2 }, Shaped("name = \"a\"\nradius = 2\nangle = 90"));

    [Theory]
    [InlineData("name = \"x\"", "none")]
    [InlineData("name = \"x\"\nradius = 1\nside = 1", "radius side")]
    [InlineData("radius = 1", "1:1: [t] has no \"name\", which is required")]
    [InlineData("name = \"x\"\nradius = 1\ntilt = 1", "4:8: \"tilt\" in [t]: only a square is tilted")]
    [InlineData("name = \"x\"\nradius = 1\ndashed = true", "4:10: \"dashed\" in [t]: only a border is dashed")]
    [InlineData("name = \"x\"\nangle = 1\nwidth = 1", "4:9: \"width\" in [t]: an arc is nothing else")]
    [InlineData("name = \"x\"\nradius = 1\nsid = 1", "4:1: unknown key \"sid\" in [t]; did you mean \"side\"?")]
    public void WhatNoKindHasIsRefused(string text, string expected) => AssertRefused(text, Kind, expected);

    [Theory]
    [InlineData(0, "0ns")]
    [InlineData(500, "500ns")]
    [InlineData(1_500, "1.5us")]
    [InlineData(1_550, "1550ns")]
    [InlineData(60_000_000_000, "1min")]
    [InlineData(65_535_000, "65535us")]
    public void ADurationIsWrittenInItsLargestRoundUnit(long nanoseconds, string expected) =>
        Assert.Equal(expected, Quantity.Duration.Format(nanoseconds));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(4096, "4 KiB")]
    [InlineData(1_000_000_000, "1 GB")]
    [InlineData(1 << 30, "1 GiB")]
    public void SoIsANumberOfBytes(long bytes, string expected) => Assert.Equal(expected, Quantity.Bytes.Format(bytes));

    private static Shape Shaped(string text) => Kind(Table(text));

    private static Shape Kind(ScenarioTable table) =>
        table.ReadKind<Shape>(given => new ScenarioException($"f.toml:{(given.Count == 0 ? "none" : string.Join(' ', given))}"));

    private static ScenarioTable Table(string toml) => ScenarioFile.Parse($"[t]\n{toml}", "f.toml").Table("t");

    private static void AssertRefused(string toml, Func<ScenarioTable, object> read, string expected) =>
        Assert.StartsWith($"f.toml:{expected}", Assert.Throws<ScenarioException>(() => read(Table(toml))).Message);
}
