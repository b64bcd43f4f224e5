using Pcie.Diagnosis.Import.LatencyMon;

namespace Pcie.Diagnosis.Tests.Import;

public class NumberFormatTests
{
    // The number asked about is the first; the others decide how it is meant.
    [Theory]
    [InlineData("5,998", "65,816.60", 5998)]
    [InlineData("5,998", "65,7", 5.998)]
    [InlineData("5.998", "467.0", 5.998)]
    [InlineData("5.998", "65.816,60", 5998)]
    [InlineData("5.998", "0,087163", 5998)]
    [InlineData("1.234.567", "3", 1234567)]
    [InlineData("1 234 567", "65,7", 1234567)]
    [InlineData("65\u00a0816,60", "1", 65816.60)]
    [InlineData("65'816.60", "1", 65816.60)]
    [InlineData("344.590368", "1", 344.590368)]
    public void TheWholeReportDecidesWhatASeparatorIs(string number, string other, double value)
    {
        Assert.True(NumberFormat.Of([number, other]).TryParse(number, out var read));
        Assert.Equal((decimal)value, read);
    }

    [Theory]
    [InlineData("n/a")]
    [InlineData("")]
    [InlineData("12,34.5")]
    [InlineData("-1")]
    [InlineData("1.2.3")]
    public void WhatIsNoNumberIsNone(string text) => Assert.False(NumberFormat.Of([]).TryParse(text, out _));

    [Fact]
    public void NumbersThatContradictEachOtherAreRefusedIfAThirdDependsOnThem() => Assert.Contains("5,998 may be",
        Assert.Throws<InvalidDataException>(() => NumberFormat.Of(["467.0", "65,70", "5,998"])).Message, StringComparison.Ordinal);

    [Fact]
    public void AWorstFigureThatCannotBeReadIsAnError() => Assert.Contains("\"Highest DPC routine execution time (µs)\" is \"5x\"",
        Assert.Throws<InvalidDataException>(() => RecordedMachine.Of("LatencyMon\nHighest DPC routine execution time (µs):   5x\n")).Message,
        StringComparison.Ordinal);
}
