namespace Pcie.Architecture.Tests;

/// <summary>What a template makes teaches the shape on a screen or two.</summary>
public sealed class TemplateTests
{
    [Theory]
    [InlineData("pcie-card/card/MyCard.cs", 80)]
    [InlineData("pcie-driver/driver/MyDriver.cs", 80)]
    [InlineData("pcie-tests/MyTests.cs", 60)]
    [InlineData("pcie-card/tests/MyCardTests.cs", 60)]
    [InlineData("pcie-driver/tests/MyDriverTests.cs", 60)]
    public void ATemplateIsNoLongerThanItMayBe(string file, int lines) =>
        Assert.InRange(Repository.Read($"tools/templates/content/{file}").TrimEnd().Split('\n').Length, 1, lines);
}
