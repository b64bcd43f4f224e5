using System.Xml.Linq;
using Pcie.TestKit.Conformance;
using Pcie.TestKit.Tests.Broken;

namespace Pcie.TestKit.Tests.Conformance;

public sealed class JunitReportTests
{
    [Fact]
    public void AReportHasATestCaseForEachCheckAndAFailureWithItsExpectation()
    {
        var checks = ConformanceSuite.Named(["bar-end", "msi-mask"]);
        var report = ConformanceSuite.Run(BrokenCard.Of(() => new WrapsItsBar()), checks, new TestBenchOptions(), null,
            TestContext.Current.CancellationToken);
        using var stream = new MemoryStream();

        JunitReport.Write(report, stream);

        stream.Position = 0;
        var suite = XDocument.Load(stream).Root!.Element("testsuite")!;
        Assert.Equal(("2", "1", "0", "0"), (Value("tests"), Value("failures"), Value("skipped"), Value("errors")));
        var cases = suite.Elements("testcase").ToList();
        Assert.Equal(["bar-end", "msi-mask"], cases.Select(c => c.Attribute("name")!.Value));
        Assert.StartsWith("read of 4 bytes at 0xC0001000: expected unsupported request, got",
            cases[0].Element("failure")!.Attribute("message")!.Value, StringComparison.Ordinal);
        Assert.Equal(["<system-out>not tried: messages 1 to 5</system-out>"], cases[1].Elements().Select(element => element.ToString()));

        string Value(string name) => suite.Attribute(name)!.Value;
    }

    [Fact]
    public void ACheckThatIsNotThereIsRefusedWithThoseThatAre() =>
        Assert.Contains("There are identification, power-on-state,",
            Assert.Throws<FormatException>(() => ConformanceSuite.Named(["msi-musk"])).Message, StringComparison.Ordinal);

    [Fact]
    public void ChecksAreNamedOnceAndSayTheirRuleAndSection()
    {
        Assert.Equal(ConformanceSuite.Checks.Count, ConformanceSuite.Checks.Select(check => check.Name).Distinct().Count());
        Assert.All(ConformanceSuite.Checks, check => Assert.Matches(@"^[A-Z].*\.$", check.Rule));
        Assert.All(ConformanceSuite.Checks, check => Assert.Matches(@"^\d+(\.\d+)+(, \d+(\.\d+)+)*$", check.Section));
    }
}
