using System.Buffers;
using System.Text;
using Pcie.Registers.Reading;

namespace Pcie.Registers.Csv;

/// <summary>Lines of cells, quoted where they need it (RFC 4180).</summary>
internal static class CsvText
{
    private static readonly SearchValues<char> Special = SearchValues.Create(",;\t\"\r\n");

    public static IEnumerable<(IReadOnlyList<string> Cells, int Line)> Rows(MapSource source, char separator)
    {
        var (text, line) = (source.Text.TrimStart('\uFEFF'), 1);
        var cell = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var (cells, begin) = (new List<string>(), line);
            for (; ; )
            {
                cell.Clear();
                if (at < text.Length && text[at] == '"')
                {
                    for (at++; ; at++)
                    {
                        if (at == text.Length) throw source.Refusal(begin, "a quoted cell has no end; expected \"");
                        if (text[at] == '\n') line++;
                        if (text[at] != '"') cell.Append(text[at]);
                        else if (at + 1 < text.Length && text[at + 1] == '"') cell.Append(text[at++]);
                        else break;
                    }
                    at++;
                }
                while (at < text.Length && text[at] != separator && text[at] is not ('\r' or '\n')) cell.Append(text[at++]);
                cells.Add(cell.ToString());
                if (at == text.Length || text[at] != separator) break;
                at++;
            }
            if (at < text.Length && text[at] == '\r') at++;
            if (at < text.Length && text[at] == '\n') at++;
            line++;
            yield return (cells, begin);
        }
    }

    public static string Cell(string text) => text.AsSpan().ContainsAny(Special) || text != text.Trim()
        ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
