namespace Pcie.Scenario.Tests;

public sealed class CardsOfAScenarioTests
{
    private const string Two = """
        [[card]]
        name = "one"
        [card.source]
        chunk = 1
        [[driver]]
        ring-slots = 2
        [[card]]
        [card.source]
        chunk = 4
        [[driver]]
        ring-slots = 8
        """;

    [Fact]
    public void EachCardSeesItsOwnTablesAsIfThereWereNoOther()
    {
        var file = ScenarioFile.Parse(Two, "f.toml");

        Assert.Equal(2, file.CardCount);
        Assert.Equal((1, 2, "card", "one"), SeenOf(file.OfCard(1)));
        Assert.Equal((4, 8, "card2", null), SeenOf(file.OfCard(2)));
    }

    [Fact]
    public void AChangeIsOfTheFirstCardUnlessItSaysAnother()
    {
        var file = ScenarioFile.Parse(Two, "f.toml").With(
        [
            new("driver.ring-slots", "3"), new("driver.2.ring-slots", "9"), new("card.source.chunk", "5"), new("card.2.source.chunk", "6"),
        ]);

        Assert.Equal((5, 3, "card", "one"), SeenOf(file.OfCard(1)));
        Assert.Equal((6, 9, "card2", null), SeenOf(file.OfCard(2)));
        Assert.Equal((6, 9, "card2", null), SeenOf(file.OfCard(2).With([])));
    }

    [Fact]
    public void AllCardsOfAScenarioOfOneAreAlike()
    {
        var file = ScenarioFile.Parse("[card.source]\nchunk = 7\n[driver]\nring-slots = 3\n", "f.toml");
        Assert.Equal((7, 3, "card16", null), SeenOf(file.OfCard(16)));
    }

    [Fact]
    public void OneDriverIsThatOfAllCards()
    {
        var file = ScenarioFile.Parse("[[card]]\nsource.chunk = 1\n[[card]]\nsource.chunk = 2\n[driver]\nring-slots = 3\n", "f.toml");
        Assert.Equal((2, 3, "card2", null), SeenOf(file.OfCard(2)));
    }

    [Theory]
    [InlineData("[[card]]\n[[card]]\n[[driver]]\n[[driver]]\n[[driver]]\n",
        "f.toml:3:1: 3 tables [[driver]] for 2 [[card]]; expected one for each card, in their order, or one [driver] for all")]
    [InlineData("[[card]]\nname = \"a.b\"\n[[card]]\n", "f.toml:2:8: \"name\" in [[card]]: it tells one card from others")]
    public void WhatDoesNotGoTogetherIsRefused(string text, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<ScenarioException>(() => ScenarioFile.Parse(text, "f.toml").OfCard(1)).Message);

    [Theory]
    [InlineData(17, "f.toml:17:1: 17 tables [[card]]; a host has 16 cards at the most")]
    [InlineData(2, "f.toml: there is no card 3; it has 2")]
    public void ACardThatCannotBeIsRefused(int cards, string expected) =>
        Assert.Equal(expected, Assert.Throws<ScenarioException>(() =>
            ScenarioFile.Parse(string.Concat(Enumerable.Repeat("[[card]]\n", cards)), "f.toml").OfCard(3)).Message);

    [Theory]
    [InlineData("driver.3.ring-slots")]
    [InlineData("driver.0.ring-slots")]
    [InlineData("driver.2")]
    public void AChangeOfACardThatIsNotThereIsRefused(string key) =>
        Assert.Throws<ScenarioException>(() => ScenarioFile.Parse(Two, "f.toml").With([new(key, "1")]));

    private static (long Chunk, long Slots, string Streams, string? Name) SeenOf(ScenarioFile file) =>
        (file.Table("card").Table("source").Integer("chunk"), file.Table("driver").Integer("ring-slots"), file.CardStreams, file.CardName);
}
