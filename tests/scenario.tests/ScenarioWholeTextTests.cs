namespace Pcie.Scenario.Tests;

/// <summary>A scenario as one text.</summary>
public sealed class ScenarioWholeTextTests
{
    private const string Everything = """
        include = []
        title = "a \"quoted\" \\ text"
        [card]
        flag = true # a remark
        whole = 1.0
        part = 1e-9
        hex = 0xFF
        list = [1, 2, 3]
        varies = { exponential = "1ms", "odd key" = 2 }
        dotted.key = "x"
        [[card.fault]]
        kind = "a"
        [card.fault.below]
        x = 1
        [[card.fault]]
        kind = "b"
        """;

    private static string Whole(ScenarioFile file) => file.ToWholeText(path => path);

    [Fact]
    public void ItIsReadAsTheFileWas()
    {
        var text = Whole(ScenarioFile.Parse(Everything, "a.toml"));
        var card = ScenarioFile.Parse(text, "b.toml").Table("card");

        Assert.Equal(text, Whole(ScenarioFile.Parse(text, "b.toml")));
        Assert.Equal((true, 1.0, 1e-9, 255L), (card.Flag("flag"), card.Number("whole"), card.Number("part"), card.Integer("hex")));
        Assert.Equal([1L, 2, 3], card.Integers("list", 0, 9));
        Assert.Equal(("1ms", 2L, "x"),
            (card.Table("varies").Text("exponential"), card.Table("varies").Integer("odd key"), card.Table("dotted").Text("key")));
        Assert.Equal(["a", "b"], card.Tables("fault").Select(fault => fault.Text("kind")));
        Assert.Equal(1, card.Tables("fault")[0].Table("below").Integer("x"));
        Assert.Throws<ScenarioException>(() => card.Integer("whole"));
    }

    [Fact]
    public void RemarksDoNotMakeAnotherTextAndChangesDo()
    {
        var file = ScenarioFile.Parse("[run]\nseed = 1\n", "a.toml");

        Assert.Equal(Whole(file), Whole(ScenarioFile.Parse("# a remark\n[run]\nseed  =  1 # one\n", "b.toml")));
        Assert.Equal(Whole(ScenarioFile.Parse("[run]\nseed = 2\n", "a.toml")), Whole(file.With([new ScenarioChange("run.seed", "2")])));
    }

    [Fact]
    public void AFileIsNamedAsItsReaderWishes()
    {
        var file = ScenarioFile.Parse("[card.source]\npath = \"a.bin\"\nkind = \"a.bin\"\n", "a.toml", "/data");
        file.Table("card").Table("source").FilePath("path");

        Assert.Equal("[card]\n[card.source]\npath = \"</data/a.bin>\"\nkind = \"a.bin\"\n", file.ToWholeText(path => $"<{path}>"));
    }
}
