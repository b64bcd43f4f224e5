using Pcie.Time;

namespace Pcie.Scenario.Tests;

public sealed class ScenarioTableTests
{
    private enum Rearm
    {
        EachEvent,
        WhenZero,
    }

    [Theory]
    [InlineData("7ns", 7)]
    [InlineData("3us", 3_000)]
    [InlineData("3µs", 3_000)]
    [InlineData("3 μs", 3_000)]
    [InlineData("50ms", 50_000_000)]
    [InlineData("1.5ms", 1_500_000)]
    [InlineData("0.000000001s", 1)]
    [InlineData("2s", 2_000_000_000)]
    [InlineData("2min", 120_000_000_000)]
    [InlineData("24 h", 86_400_000_000_000)]
    [InlineData("1d", 86_400_000_000_000)]
    [InlineData("0s", 0)]
    [InlineData("9223372036854775807ns", long.MaxValue)]
    public void ADurationIsANumberAndAUnit(string text, long nanoseconds) =>
        Assert.Equal(new Duration(nanoseconds), Table($"k = \"{text}\"").Duration("k"));

    [Theory]
    [InlineData("\"50\"", "it has no unit")]
    [InlineData("\"\"", "it does not begin with a number")]
    [InlineData("\"ms\"", "it does not begin with a number")]
    [InlineData("\"1.2.3ms\"", "it does not begin with a number")]
    [InlineData("\"50 sec\"", "there is no unit \\\"sec\\\"")]
    [InlineData("\"50 MS\"", "there is no unit \\\"MS\\\"")]
    [InlineData("\"5ms \"", "there is no unit \\\"ms \\\"")]
    [InlineData("\"-5ms\"", "it is negative")]
    [InlineData("\"1.5ns\"", "it does not come out to whole ns")]
    [InlineData("\"300000d\"", "it is too large")]
    [InlineData("\"1.00000000000000000000000000001ms\"", "it has more digits than can be meant")]
    public void ADurationThatIsNoneIsRefused(string toml, string problem) =>
        AssertRefused($"k = {toml}", t => t.Duration("k"),
            $"f.toml:2:5: \"k\" in [t] is {toml}, but {problem.Replace("\\\"", "\"")}; expected a duration with its unit, such as \"50ms\" (ns, "
                + "us, ms, s, min, h, d)");

    [Theory]
    [InlineData("50", "50")]
    [InlineData("1.5", "1.5")]
    [InlineData("true", "true")]
    [InlineData("[1]", "a list")]
    [InlineData("{ a = 1 }", "a table")]
    [InlineData("1979-05-27", "a date or time")]
    public void ANumberWithoutAUnitIsNoDuration(string toml, string shown) =>
        AssertRefused($"k = {toml}", t => t.Duration("k"),
            $"f.toml:2:5: \"k\" in [t] is {shown}; expected a duration with its unit, such as \"50ms\" (ns, us, ms, s, min, h, d)");

    [Fact]
    public void AValueOutOfRangeIsRefusedWithTheRange()
    {
        AssertRefused("k = \"2s\"", t => t.Duration("k", min: new(1000), max: Duration.FromSeconds(1)),
            "f.toml:2:5: \"k\" in [t] is 2 s; expected 1 µs to 1 s");
        AssertRefused("k = \"1ns\"", t => t.Duration("k", min: new(2)), "f.toml:2:5: \"k\" in [t] is 1 ns; expected at least 2 ns");
        AssertRefused("k = \"3ns\"", t => t.Duration("k", max: new(2)), "f.toml:2:5: \"k\" in [t] is 3 ns; expected at most 2 ns");
        AssertRefused("k = 33", t => t.Integer("k", min: 1, max: 32), "f.toml:2:5: \"k\" in [t] is 33; expected 1 to 32");
        AssertRefused("k = 0", t => t.Integer("k", min: 1), "f.toml:2:5: \"k\" in [t] is 0; expected at least 1");
        AssertRefused("k = 0.05", t => t.Number("k", min: 0.1, max: 1), "f.toml:2:5: \"k\" in [t] is 0.05; expected 0.1 to 1");
        AssertRefused("k = \"2 KiB\"", t => t.Bytes("k", max: 1024), "f.toml:2:5: \"k\" in [t] is 2048; expected 0 to 1024");
        AssertRefused("k = -1", t => t.Bytes("k"), "f.toml:2:5: \"k\" in [t] is -1; expected at least 0");
        AssertRefused("k = \"1 B/s\"", t => t.Rate("k", min: 2), "f.toml:2:5: \"k\" in [t] is 1; expected at least 2");
    }

    [Fact]
    public void ValuesAtTheEndsOfARangeAreTaken()
    {
        var table = Table("d = \"1us\"\ni = 32\nn = 0.1\nb = \"1 KiB\"");
        Assert.Equal(new Duration(1000), table.Duration("d", min: new(1000), max: new(1000)));
        Assert.Equal(32, table.Integer("i", min: 32, max: 32));
        Assert.Equal(0.1, table.Number("n", min: 0.1, max: 0.1));
        Assert.Equal(1024, table.Bytes("b", min: 1024, max: 1024));
    }

    [Fact]
    public void EveryKindOfValueIsRead()
    {
        var table = Table("""
            integer = -5
            hex = 0x7FFF_FFFF_FFFF_FFFF
            number = 1.25
            whole-number = 3
            text = 'C:\path'
            flag = true
            choice = "when-zero"
            bytes = "64 KiB"
            plain-bytes = 512
            decimal-bytes = "1.5 MB"
            rate = "200 MB/s"
            binary-rate = "1GiB/s"
            durations = ["1ms", "2us"]
            none = []
            """);
        Assert.Equal(-5, table.Integer("integer"));
        Assert.Equal(long.MaxValue, table.Integer("hex"));
        Assert.Equal(1.25, table.Number("number"));
        Assert.Equal(3, table.Number("whole-number"));
        Assert.Equal(@"C:\path", table.Text("text"));
        Assert.True(table.Flag("flag"));
        Assert.Equal(Rearm.WhenZero, table.Choice<Rearm>("choice"));
        Assert.Equal(65536, table.Bytes("bytes"));
        Assert.Equal(512, table.Bytes("plain-bytes"));
        Assert.Equal(1_500_000, table.Bytes("decimal-bytes"));
        Assert.Equal(200_000_000, table.Rate("rate"));
        Assert.Equal(1L << 30, table.Rate("binary-rate"));
        Assert.Equal([Duration.FromMilliseconds(1), new Duration(2000)], table.Durations("durations"));
        Assert.Empty(table.Durations("none"));
        table.RefuseUnknownKeys();
    }

    [Fact]
    public void WhatIsNotThereIsNoTable()
    {
        var table = Table("");
        Assert.Empty(table.Tables("k"));
        Assert.True(table.Table("k").IsEmpty);
        Assert.False(table.Has("k"));
    }

    [Fact]
    public void ARequiredKeyThatIsAbsentIsRefusedWhereItsTableBegins()
    {
        Action<ScenarioTable>[] getters =
        [
            t => t.Duration("k"), t => t.Integer("k"), t => t.Number("k"), t => t.Text("k"), t => t.Flag("k"), t => t.Choice<Rearm>("k"),
            t => t.Bytes("k"), t => t.Rate("k"), t => t.Distribution("k"),
        ];
        foreach (var getter in getters) AssertRefused("other = 1", getter, "f.toml:1:1: [t] has no \"k\", which is required");
    }

    [Fact]
    public void ARequiredKeyThatIsMisspeltIsFound() =>
        AssertRefused("x = 1\n  perid = \"1ms\"", t => t.Duration("period"),
            "f.toml:3:3: unknown key \"perid\" in [t]; did you mean \"period\", which is required?");

    [Fact]
    public void AValueOfAnotherTypeIsRefused()
    {
        AssertRefused("k = \"5\"", t => t.Integer("k"), "f.toml:2:5: \"k\" in [t] is \"5\"; expected a whole number");
        AssertRefused("k = 5.0", t => t.Integer("k"), "f.toml:2:5: \"k\" in [t] is 5; expected a whole number");
        AssertRefused("k = inf", t => t.Number("k"), "f.toml:2:5: \"k\" in [t] is Infinity; expected a number");
        AssertRefused("k = nan", t => t.Number("k"), "f.toml:2:5: \"k\" in [t] is NaN; expected a number");
        AssertRefused("k = 5", t => t.Text("k"), "f.toml:2:5: \"k\" in [t] is 5; expected a text in quotation marks");
        AssertRefused("k = 1", t => t.Flag("k"), "f.toml:2:5: \"k\" in [t] is 1; expected true or false");
        AssertRefused("k = \"WhenZero\"", t => t.Choice<Rearm>("k"),
            "f.toml:2:5: \"k\" in [t] is \"WhenZero\"; expected one of \"each-event\", \"when-zero\"");
        AssertRefused("k = 1", t => t.Choice<Rearm>("k"), "f.toml:2:5: \"k\" in [t] is 1; expected one of \"each-event\", \"when-zero\"");
        AssertRefused("k = 200", t => t.Rate("k"),
            "f.toml:2:5: \"k\" in [t] is 200; expected a rate with its unit, such as \"200 MB/s\" (B/s, KiB/s, MiB/s, GiB/s, TiB/s, kB/s, MB/s, "
                + "GB/s, TB/s)");
        AssertRefused("k = \"200 MB\"", t => t.Rate("k"),
            "f.toml:2:5: \"k\" in [t] is \"200 MB\", but there is no unit \"MB\"; expected a rate with its unit, such as \"200 MB/s\" (B/s, "
                + "KiB/s, MiB/s, GiB/s, TiB/s, kB/s, MB/s, GB/s, TB/s)");
        AssertRefused("k = \"1.5 B\"", t => t.Bytes("k"),
            "f.toml:2:5: \"k\" in [t] is \"1.5 B\", but it does not come out to whole bytes; expected a number of bytes, such as 4096 or \"64 "
                + "KiB\" (B, KiB, MiB, GiB, TiB, kB, MB, GB, TB)");
        AssertRefused("k = \"1ms\"", t => t.Durations("k"),
            "f.toml:2:5: \"k\" in [t] is \"1ms\"; expected a list of durations, such as [\"1ms\", \"2ms\"]");
        AssertRefused("k = [\n  \"1ms\",\n  2]", t => t.Durations("k"),
            "f.toml:4:3: \"k\" in [t] is 2; expected a duration with its unit, such as \"50ms\" (ns, us, ms, s, min, h, d)");
        AssertRefused("k = 5", t => t.Table("k"), "f.toml:2:5: \"k\" in [t] is 5; expected a table, under [t.k]");
        AssertRefused("k = 5", t => t.Tables("k"), "f.toml:2:5: \"k\" in [t] is 5; expected tables, each under [[t.k]]");
        AssertRefused("k = [5]", t => t.Tables("k"), "f.toml:2:6: \"k\" in [t] is 5; expected a table");
        AssertRefused("[t.k]", t => t.Tables("k"), "f.toml:2:1: [t.k] is one of a list; write [[t.k]]");
        AssertRefused("[[t.k]]", t => t.Table("k"), "f.toml:2:1: there is only one [t.k]; write it in single brackets");
    }

    [Theory]
    [InlineData("\"80us\"", "80 µs")]
    [InlineData("{ exponential = \"1ms\" }", "exponential, mean 1 ms")]
    [InlineData("{ lognormal = \"80us\", sigma = 0.6, maximum = \"5ms\" }", "log-normal, median 80 µs, sigma 0.6, at most 5 ms")]
    [InlineData("{ pareto = \"20us\", alpha = 1.8, maximum = \"60ms\" }", "Pareto, minimum 20 µs, alpha 1.8, at most 60 ms")]
    [InlineData("{ pareto = \"20us\", alpha = 2 }", "Pareto, minimum 20 µs, alpha 2")]
    [InlineData("{ uniform = [\"1ms\", \"2ms\"] }", "uniform, 1 ms to 2 ms")]
    public void ADistributionIsADurationOrATable(string toml, string expected)
    {
        var table = Table($"k = {toml}");
        Assert.Equal(expected, table.Distribution("k").ToString());
        table.RefuseUnknownKeys();
    }

    [Fact]
    public void ADistributionThatIsNoneIsRefused()
    {
        AssertDistributionRefused("5",
            "f.toml:2:5: \"k\" in [t] is 5; expected a duration with its unit, such as \"50ms\" (ns, us, ms, s, min, h, d), or a table such as { "
            + "exponential = \"1ms\" }");
        AssertDistributionRefused("{}", "f.toml:2:5: [t.k] has no distribution; expected one of uniform, exponential, lognormal, pareto, quantiles");
        AssertDistributionRefused("{ exponential = \"1ms\", pareto = \"1ms\" }",
            "f.toml:2:5: [t.k] has exponential and pareto; expected one of uniform, exponential, lognormal, pareto, quantiles");
        AssertDistributionRefused("{ exponentail = \"1ms\" }",
            "f.toml:2:7: unknown key \"exponentail\" in [t.k]; did you mean \"exponential\"? Known keys: uniform, exponential, lognormal, pareto, "
                + "quantiles");
        AssertDistributionRefused("{ exponential = 1 }",
            "f.toml:2:21: \"exponential\" in [t.k] is 1; expected a duration with its unit, such as \"50ms\" (ns, us, ms, s, min, h, d)");
        AssertDistributionRefused("{ lognormal = \"1ms\" }", "f.toml:2:5: [t.k] has no \"sigma\", which is required");
        AssertDistributionRefused("{ lognormal = \"1ms\", sigma = -1 }", "f.toml:2:34: \"sigma\" in [t.k] is -1; expected 0 to 10");
        AssertDistributionRefused("{ pareto = \"1ms\", alpha = 0 }", "f.toml:2:31: \"alpha\" in [t.k] is 0; expected 0.1 to 100");
        AssertDistributionRefused("{ exponential = \"1ms\", sigma = 1 }",
            "f.toml:2:28: unknown key \"sigma\" in [t.k]. Known keys: uniform, exponential, lognormal, pareto, quantiles, maximum");
        foreach (var ends in new[] { "[]", "[\"1ms\"]", "[\"2ms\", \"1ms\"]", "[\"1ms\", \"2ms\", \"3ms\"]" })
            AssertDistributionRefused($"{{ uniform = {ends} }}",
                "f.toml:2:17: \"uniform\" in [t.k]: expected the shortest and the longest duration, such as [\"1ms\", \"2ms\"]");
    }

    [Fact]
    public void UnknownKeysAreRefusedTogetherInTheirOrder()
    {
        var table = Table("zeta = 1\nperid = \"1ms\"\nchunk = 5\n[t.sorce]\nx = 1");
        Assert.False(table.Has("period"));
        table.Integer("chunk");
        table.Table("source");
        var refused = Assert.Throws<ScenarioException>(table.RefuseUnknownKeys);
        Assert.Equal(
        [
            "f.toml:2:1: unknown key \"zeta\" in [t]. Known keys: period, chunk, source",
            "f.toml:3:1: unknown key \"perid\" in [t]; did you mean \"period\"? Known keys: period, chunk, source",
            "f.toml:5:1: unknown table \"sorce\" in [t]; did you mean \"source\"? Known keys: period, chunk, source",
        ], refused.Errors);
        Assert.Equal(string.Join('\n', refused.Errors), refused.Message);
    }

    [Fact]
    public void AKeyOnlyAskedForIsStillUnread()
    {
        var table = Table("k = 1");
        Assert.True(table.Has("k"));
        Assert.Throws<ScenarioException>(table.RefuseUnknownKeys);
        table.Integer("k");
        table.RefuseUnknownKeys();
    }

    [Fact]
    public void ATableOfWhichNothingIsKnownSaysSo()
    {
        var refused = Assert.Throws<ScenarioException>(Table("k = 1").RefuseUnknownKeys);
        Assert.Equal("f.toml:2:1: unknown key \"k\" in [t]. Nothing can be set in [t].", refused.Message);
    }

    [Fact]
    public void AReadersOwnRefusalNamesTheValuesPlace()
    {
        var table = Table("slots = 5");
        Assert.Equal("f.toml:2:9: \"slots\" in [t]: expected a power of two", table.Refusal("slots", "expected a power of two").Message);
        Assert.Equal("f.toml:1:1: \"size\" in [t]: expected with slots", table.Refusal("size", "expected with slots").Message);
    }

    [Fact]
    public void TablesAreReadInTheirOrderHoweverTheyAreWritten()
    {
        foreach (var toml in new[] { "[[t.k]]\nn = 1\n[[t.k]]\nn = 2", "k = [{ n = 1 }, { n = 2 }]" })
        {
            var tables = Table(toml).Tables("k");
            Assert.Equal([1, 2], tables.Select(table => table.Integer("n")));
            foreach (var table in tables) table.RefuseUnknownKeys();
        }
        Assert.Equal("[[t.k]]", Table("[[t.k]]").Tables("k")[0].Title);
    }

    private static ScenarioTable Table(string toml) => ScenarioFile.Parse($"[t]\n{toml}", "f.toml").Table("t");

    private static void AssertRefused(string toml, Action<ScenarioTable> read, string expected) =>
        Assert.Equal(expected, Assert.Throws<ScenarioException>(() => read(Table(toml))).Message);

    private static void AssertDistributionRefused(string toml, string expected) => AssertRefused($"k = {toml}", t => t.Distribution("k"), expected);
}
