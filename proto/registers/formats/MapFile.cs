using Pcie.Registers.Csv;
using Pcie.Registers.IpXact;
using Pcie.Registers.Reading;
using Pcie.Registers.Svd;
using Pcie.Registers.SystemRdl;

namespace Pcie.Registers.Formats;

/// <summary>Reads a map from a file, whichever of the formats it is in: that is told by what is in it.</summary>
public static class MapFile
{
    /// <summary>Most bytes of a file.</summary>
    public const int MostBytes = 64 << 20;

    /// <param name="path">FILE, or FILE#NAME for one block of it.</param>
    /// <exception cref="InvalidDataException">It is no map, or one that cannot be; the text says in which line and what to do.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ImportedMap Load(string path)
    {
        var (file, only) = Split(path);
        return Parse(ReadText(file), Path.GetFileName(file), only, Path.GetDirectoryName(Path.GetFullPath(file)));
    }

    /// <param name="name">What the file is called in refusals.</param>
    /// <param name="only">The one block that is wanted of it; null for all.</param>
    /// <inheritdoc cref="Load" path="/exception"/>
    public static ImportedMap Parse(string text, string name, string? only = null) => Parse(text, name, only, null);

    private static ImportedMap Parse(string text, string name, string? only, string? folder)
    {
        var source = new MapSource(name, text, only);
        if (text.Contains('\0', StringComparison.Ordinal)) throw source.Refusal(1, "this is no text; expected SystemRDL, IP-XACT, CMSIS-SVD or CSV");
        var (format, map) = Read(ref source, name, folder);
        return new ImportedMap(map, format.Name, source.Notes);
    }

    private static string ReadText(string file)
    {
        var info = new FileInfo(file);
        if (!info.Exists) throw new FileNotFoundException($"There is no file {file}.");
        return info.Length <= MostBytes ? File.ReadAllText(file)
            : throw new InvalidDataException($"{file}: {info.Length:#,0} bytes; expected {MostBytes:#,0} at the most: it is no register map");
    }

    // What SystemRDL's preprocessor makes of a file is the source from then on.
    private static (MapFormat Format, DeviceMap Map) Read(ref MapSource source, string name, string? folder)
    {
        var head = source.Text.AsSpan().TrimStart("\uFEFF \t\r\n");
        if (head.IsEmpty) throw source.Refusal(1, "the file is empty; expected SystemRDL, IP-XACT, CMSIS-SVD or CSV");
        if (head[0] == '<')
        {
            var root = XmlText.Root(source);
            return root.Name.LocalName switch
            {
                "device" => (MapFormat.Svd, SvdReader.Read(source, root)),
                "component" => (MapFormat.IpXact, IpXactReader.Read(source, root)),
                var other => throw source.Refusal(root.Line(), $"the root element is {other}; expected device of CMSIS-SVD, or component of IP-XACT"),
            };
        }
        var isRdl = name.EndsWith(MapFormat.SystemRdl.Ending, StringComparison.OrdinalIgnoreCase)
            || !name.EndsWith(MapFormat.Csv.Ending, StringComparison.OrdinalIgnoreCase) && source.Text.Contains('{', StringComparison.Ordinal);
        if (!isRdl) return (MapFormat.Csv, CsvReader.Read(source));
        source = RdlPreprocessor.Run(source, folder, ReadText);
        return (MapFormat.SystemRdl, RdlReader.Read(source));
    }

    private static (string File, string? Only) Split(string path)
    {
        var mark = path.LastIndexOf('#');
        return mark < 0 || File.Exists(path) ? (path, null) : (path[..mark], path[(mark + 1)..]);
    }
}
