using System.Globalization;
using System.Text;
using System.Xml;

namespace Pcie.TestKit.Conformance;

/// <summary>A report as the XML that continuous integration reads: a test case for each check.</summary>
public static class JunitReport
{
    public static void Write(ConformanceReport report, Stream to)
    {
        using var xml = XmlWriter.Create(to, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false), CheckCharacters = true });
        xml.WriteStartElement("testsuites");
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", $"conformance of {report.Device} at {report.Place}");
        Number("tests", report.Results.Count);
        Number("failures", report.Failed);
        Number("errors", 0);
        Number("skipped", report.NotApplicable + report.Different);
        Seconds(report.Elapsed);
        foreach (var result in report.Results)
        {
            xml.WriteStartElement("testcase");
            xml.WriteAttributeString("classname", "conformance");
            xml.WriteAttributeString("name", result.Check.Name);
            Seconds(result.Elapsed);
            if (result.NotTried.Count > 0) xml.WriteElementString("system-out", $"not tried: {string.Join("; ", result.NotTried)}");
            if (result.Outcome != CheckOutcome.Passed)
            {
                xml.WriteStartElement(result.Outcome == CheckOutcome.Failed ? "failure" : "skipped");
                xml.WriteAttributeString("message", result.Outcome == CheckOutcome.Different
                    ? $"a known difference: {result.Expectation}. {result.Context}" : result.Expectation);
                if (result.Outcome == CheckOutcome.Failed) xml.WriteString($"{result.Check.Rule} ({result.Check.Section})\n{result.Context}");
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
        xml.WriteEndElement();

        void Number(string name, int value) => xml.WriteAttributeString(name, value.ToString(CultureInfo.InvariantCulture));
        void Seconds(TimeSpan time) => xml.WriteAttributeString("time", time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture));
    }
}
