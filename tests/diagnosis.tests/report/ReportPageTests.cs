using System.Xml.Linq;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Machine;
using Pcie.Diagnosis.Report;
using Pcie.Diagnosis.Verdicts;
using Pcie.Diagnosis.WhatIf;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Report;

public sealed class ReportPageTests
{
    private const string Hostile = "<script>alert(1)</script>' onload='x\" {0} &amp;";

    private static string PageOf(string driver, Comparison? comparison = null)
    {
        var attribution = new WaitAttribution(new AttributionOptions { Dpc = name => name == driver });
        var (own, other) = (attribution.Source(driver), attribution.Source(driver + " other"));
        attribution.Add(new Instant(InstantKind.DpcQueued, 0, own, new SimTime(150)));
        attribution.Add(new Interval(IntervalKind.Isr, 0, other, new SimTime(50), new SimTime(200)));
        attribution.Add(new Interval(IntervalKind.Dpc, 0, other, new SimTime(250), new SimTime(900)));
        attribution.Add(new Interval(IntervalKind.Dpc, 0, own, new SimTime(1000), new SimTime(1100)));
        return ReportPage.Of(new ReportContent(
            driver, driver, Explanation.OfRecording(driver, attribution, [driver]), null,
            [new WaitCounts(driver, [.. attribution.Summaries.Single().Counts])], comparison));
    }

    [Fact]
    public void WhatARecordingSaysIsTextWhereverItGoesIn()
    {
        var page = PageOf(Hostile, Comparison.Of(Hostile, [], [(DesignChange.Of(Hostile, DesignNeeds.Card, "a.b=c"), Hostile, [])]));
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("'x\"", page, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", page, StringComparison.Ordinal);
    }

    [Fact]
    public void TheFileNeedsNothingElse()
    {
        var page = PageOf("card.sys");
        foreach (var reference in (string[])["http", "src=", "href=", "url(", "@import"])
            Assert.DoesNotContain(reference, page, StringComparison.Ordinal);
    }

    [Fact]
    public void PicturesAreWellFormedAndLieWithinTheirBox()
    {
        var page = PageOf("card.sys");
        var pictures = page.Split("<svg ")[1..]
            .Select(part => XElement.Parse("<svg " + part[..(part.IndexOf("</svg>", StringComparison.Ordinal) + 6)])).ToList();
        Assert.Equal(2, pictures.Count);
        foreach (var picture in pictures)
        {
            var box = ((string)picture.Attribute("viewBox")!).Split(' ').Select(double.Parse).ToArray();
            Assert.All(picture.Elements("rect"), rect =>
            {
                var (x, y) = ((double)rect.Attribute("x")!, (double)rect.Attribute("y")!);
                Assert.InRange(x, 0, box[2]);
                Assert.InRange(x + (double)rect.Attribute("width")!, 0, box[2]);
                Assert.InRange(y + (double)rect.Attribute("height")!, 0, box[3]);
            });
        }
        // Two bars by others, the wait, and the run itself.
        Assert.Equal(["wait", "dpc", "isr", "own"],
            pictures[0].Elements("rect").Select(rect => (string)rect.Attribute("class")!).Where(kind => kind != "lane"));
    }

    // On paper nobody can hover over it.
    [Fact]
    public void ABarBearsItsNameIfThatLiesWithinIt()
    {
        Assert.Contains("<text class='in'", PageOf("card.sys"), StringComparison.Ordinal);
        Assert.Contains(">card.sys other</text>", PageOf("card.sys"), StringComparison.Ordinal);
        Assert.DoesNotContain("<text class='in'", PageOf(new string('w', 200)), StringComparison.Ordinal);
    }

    [Fact]
    public void TheHistogramHasABarForEachTenthOfADecadeThatOccurs()
    {
        var picture = HistogramPicture.Of([(new(500), 1_234_567), (new(8_139), 20), (new(61_057_000), 1)], Duration.FromMilliseconds(52)).ToString();
        var bars = XElement.Parse(picture).Descendants("rect").ToList();
        Assert.Equal(["1,234,567 up to 501 ns", "20 up to 10 µs", "1 up to 63.096 ms"], bars.Select(bar => (string)bar.Element("title")!));
        Assert.All(bars.Zip(bars.Skip(1)), pair => Assert.True((double)pair.First.Attribute("height")! > (double)pair.Second.Attribute("height")!));
        Assert.All(bars.Zip(bars.Skip(1)), pair => Assert.True((double)pair.First.Attribute("x")! < (double)pair.Second.Attribute("x")!));
    }

    // The request is what the reader counts from: that the other DPC had begun before it shows on the left of it.
    [Fact]
    public void TimesOfATimelineCountFromTheBeginningOfTheWait()
    {
        var page = PageOf("card.sys");
        var marks = XElement.Parse(page[page.IndexOf("<svg ", StringComparison.Ordinal)..(page.IndexOf("</svg>", StringComparison.Ordinal) + 6)])
            .Elements("text").Where(text => (string)text.Attribute("class")! == "mark").ToList();
        Assert.Equal(["0", "+200 ns", "+400 ns", "+600 ns", "+800 ns"], marks.Select(mark => mark.Value));
    }

    // On paper a table goes over two sheets, and on a telephone it is wider than the page.
    [Fact]
    public void EveryTableHasAHeadThatRepeatsAndScrollsByItself()
    {
        var tables = PageOf("card.sys", Comparison.Of("card", [], [(DesignChange.Of("a", DesignNeeds.Card, "a.b=c"), "no such key", [])]))
            .Split("<table")[1..];
        Assert.NotEmpty(tables);
        Assert.All(tables, table => Assert.StartsWith("><thead><tr>", table, StringComparison.Ordinal));
        Assert.All(PageOf("card.sys").Split("<table")[..^1], before => Assert.EndsWith("<div class='scroll'>", before, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(958, "end")]
    [InlineData(500, "middle")]
    public void AMarkAtTheEdgeIsNotCutOff(double x, string anchor) => Assert.Equal(anchor, TimeAxis.AnchorAt(x, 960));
}
