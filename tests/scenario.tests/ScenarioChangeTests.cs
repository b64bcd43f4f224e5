namespace Pcie.Scenario.Tests;

public sealed class ScenarioChangeTests
{
    private const string Text = """
        [driver]
        ring-slots = 2
        drain = "one"

        [card.dma]
        max-slots = 8
        """;

    private static ScenarioFile With(params IEnumerable<string> changes) =>
        ScenarioFile.Parse(Text, "test.toml").With(changes.Select(ScenarioChange.Parse));

    [Fact]
    public void KeysAreChangedAndAddedAndTheOthersStay()
    {
        var file = With("driver.ring-slots=4", "card.dma.bandwidth=1 GB/s", "host.processors=2");
        Assert.Equal((4L, "one"), (file.Table("driver").Integer("ring-slots"), file.Table("driver").Text("drain")));
        Assert.Equal(8, file.Table("card").Table("dma").Integer("max-slots"));
        Assert.True(file.Table("card").Table("dma").Has("bandwidth"));
        Assert.Equal(2, file.Table("host").Integer("processors"));
    }

    [Fact]
    public void TheFileItselfIsAsItWas()
    {
        var file = ScenarioFile.Parse(Text, "test.toml");
        file.With([ScenarioChange.Parse("driver.ring-slots=4")]);
        Assert.Equal(2, file.Table("driver").Integer("ring-slots"));
    }

    [Theory]
    [InlineData("driver.a=4", "driver.a = 4")]
    [InlineData("driver.a = -4.5", "driver.a = -4.5")]
    [InlineData("driver.a=true", "driver.a = true")]
    [InlineData("driver.a=high", "driver.a = \"high\"")]
    [InlineData("driver.a=\"high\"", "driver.a = \"high\"")]
    [InlineData("driver.a=4ms", "driver.a = \"4ms\"")]
    [InlineData("driver.a={ uniform = [1, 2] }", "driver.a = { uniform = [1, 2] }")]
    public void QuotesMayBeLeftOut(string text, string toml) => Assert.Equal(toml, ScenarioChange.Parse(text).ToString());

    [Theory]
    [InlineData("expect.isr_to_dpc_ns.max=>= 55ms")]
    [InlineData("expect.\"isr_to_dpc_ns.max\"=\">= 55ms\"")]
    public void TheDottedNameOfAnExpectationNeedsNoQuotes(string text) =>
        Assert.Equal("expect.\"isr_to_dpc_ns.max\" = \">= 55ms\"", ScenarioChange.Parse(text).ToString());

    [Theory]
    [InlineData("driver.a")]
    [InlineData("driver.a=")]
    [InlineData("=4")]
    [InlineData("a=4")]
    public void WhatIsNoChangeIsRefused(string text) => Assert.Throws<FormatException>(() => ScenarioChange.Parse(text));

    [Theory]
    [InlineData("card.dma=4")]
    [InlineData("driver.a=[")]
    [InlineData("driver.a b=4")]
    public void WhatCannotBeLaidOverTheFileIsRefused(string change) => Assert.Throws<ScenarioException>(() => With(change));
}
