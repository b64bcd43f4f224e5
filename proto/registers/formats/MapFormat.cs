using System.Text;
using System.Xml;
using System.Xml.Linq;
using Pcie.Registers.Csv;
using Pcie.Registers.IpXact;
using Pcie.Registers.Svd;
using Pcie.Registers.SystemRdl;
using Pcie.Registers.Text;

namespace Pcie.Registers.Formats;

/// <summary>A format that maps are written in.</summary>
/// <param name="Name">By which it is chosen.</param>
/// <param name="Ending">Of its files, by custom.</param>
/// <param name="Write">Writes a map. <see cref="InvalidDataException"/>: two things would have one name there.</param>
public sealed record MapFormat(string Name, string Ending, Func<DeviceMap, string> Write)
{
    public static MapFormat SystemRdl { get; } = new("systemrdl", ".rdl", RdlWriter.Of);

    public static MapFormat IpXact { get; } = new("ipxact", ".xml", map => Text(IpXactWriter.Of(map)));

    public static MapFormat Svd { get; } = new("svd", ".svd", map => Text(SvdWriter.Of(map)));

    public static MapFormat Csv { get; } = new("csv", ".csv", CsvWriter.Of);

    public static MapFormat C { get; } = new("c", ".h", CHeaderWriter.Of);

    public static MapFormat Python { get; } = new("python", ".py", PythonWriter.Of);

    public static MapFormat Markdown { get; } = new("markdown", ".md", MarkdownWriter.Of);

    public static MapFormat CSharp { get; } = new("csharp", ".cs", CSharpWriter.Of);

    public static MapFormat Verilog { get; } = new("verilog", ".vh", VerilogWriter.Of);

    /// <summary>All of them; <see cref="MapFile"/> reads the first four.</summary>
    public static IReadOnlyList<MapFormat> All { get; } = [SystemRdl, IpXact, Svd, Csv, C, Python, Markdown, CSharp, Verilog];

    private static string Text(XDocument document)
    {
        var settings = new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false) };
        using var bytes = new MemoryStream();
        using (var writer = XmlWriter.Create(bytes, settings)) document.Save(writer);
        return Encoding.UTF8.GetString(bytes.ToArray()) + "\n";
    }
}
