using System.Text;
using Pcie.Diagnosis.Import.Lines;

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
    [InlineData("1,23,456.70", "1", 123456.70)]
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

    private const string Worst = "Highest DPC routine execution time (µs):   ";

    // Where no number tells, the guess is said. What is no UTF-8 may have the hard blank of Western Europe.
    [Fact]
    public void WhereNoNumberTellsWhatASeparatorIsThatIsSaid()
    {
        Assert.Contains(RecordedMachine.Of($"{Worst}5,998\n").Report.Notes,
            note => note.StartsWith("No number tells which sign stands before decimals (5,998)", StringComparison.Ordinal));
        var (_, report) = RecordedMachine.Of(Encoding.Latin1.GetBytes($"{Worst}65\u00a0816,60\n"));
        Assert.Equal(65_816_600, report.LatencyMon!.HighestDpc!.Value.Nanoseconds);
        Assert.DoesNotContain(report.Notes, note => note.StartsWith("No number tells", StringComparison.Ordinal));
    }

    // As chats and issues have them: before and after.
    [Fact]
    public void TwoReportsInAFileAreNotMixed() => Assert.Contains("There are two LatencyMon reports: \"Highest DPC routine execution time",
        Assert.Throws<InvalidDataException>(() => RecordedMachine.Of($"{Worst}796.8\nI changed the driver.\n{Worst}120.4\n")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void AFigureOfIsrsOrDpcsThatIsNotKnownIsCountedWithAnExample()
    {
        var (_, report) = RecordedMachine.Of($"{Worst}796.8\nSlowest DPC (µs):   900\nHighest reported total DPC routine time (%):   0.1\n");
        Assert.Equal(("figure that is not known", 1L, 2L),
            Assert.Single(report.NotUnderstood.Select(kind => (kind.Key, kind.Value.Count, kind.Value.Line))));
    }

    [Fact]
    public void AWorstFigureThatCannotBeReadIsAnError() => Assert.Contains("\"Highest DPC routine execution time (µs)\" is \"5x\"",
        Assert.Throws<InvalidDataException>(() => RecordedMachine.Of("LatencyMon\nHighest DPC routine execution time (µs):   5x\n")).Message,
        StringComparison.Ordinal);
}
