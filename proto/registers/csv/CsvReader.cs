using System.Globalization;
using Pcie.Registers.Reading;
using Pcie.Scenario;

namespace Pcie.Registers.Csv;

/// <summary>
/// Reads a table whose head names its columns: <c>bar, register, offset, width, field, bits, access, reset, values, description</c>, of which
/// register
/// and offset have to be there. A line without a field is about its register; one without a register about the register above it.
/// </summary>
internal sealed class CsvReader
{
    private static readonly string[] Columns = ["bar", "register", "offset", "width", "field", "bits", "access", "reset", "values", "description"];

    private static readonly Dictionary<string, string> Synonyms = new()
    {
        ["name"] = "register", ["address"] = "offset", ["size"] = "width", ["bit"] = "bits", ["reset value"] = "reset",
    };

    private readonly MapSource source;
    private readonly Dictionary<string, int> columns = [];
    private readonly SortedDictionary<string, List<Register>> bars = new(StringComparer.Ordinal);
    private Register? current;

    private CsvReader(MapSource source) => this.source = source;

    public static DeviceMap Read(MapSource source) => new CsvReader(source).Read();

    private DeviceMap Read()
    {
        var separator = SeparatorOf(source.Text);
        foreach (var (cells, line) in CsvText.Rows(source, separator))
        {
            if (columns.Count == 0) ReadHead(cells, line);
            else if (cells.Any(cell => cell.Length > 0)) ReadRow(cells, line);
        }
        if (columns.Count == 0) throw source.Refusal(1, $"no head; expected columns {string.Join(",", Columns)}");
        var builder = new MapBuilder(source);
        foreach (var (name, registers) in bars)
        {
            if (!builder.Wants(name)) continue;
            var block = builder.Begin(name, "", "", registers[0].Line);
            foreach (var register in registers)
            {
                if (register.Fields.Count == 0)
                    register.Fields.Add(new(new MapField("VALUE", 0, register.Width, register.Access ?? FieldAccess.ReadWrite, register.Reset),
                        register.Line));
                else if (register.Access is not null || register.Reset is not null)
                    throw source.Refusal(register.Line, $"{register.Name} has fields, whose access and reset value are theirs; leave its own empty");
                block.Add(register.Name, register.Offset, register.Width, register.Description, register.Fields, register.Line);
            }
        }
        return builder.Build(source.Stem, "");
    }

    // Spreadsheets write what their country's numbers leave free.
    private static char SeparatorOf(string text)
    {
        var head = text.AsSpan(0, text.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0 ? end : text.Length);
        return head.Contains(';') ? ';' : head.Contains('\t') ? '\t' : ',';
    }

    private void ReadHead(IReadOnlyList<string> cells, int line)
    {
        for (var i = 0; i < cells.Count; i++)
        {
            var name = cells[i].Trim().ToLowerInvariant();
            name = Synonyms.GetValueOrDefault(name, name);
            if (!Columns.Contains(name))
                throw source.Refusal(line, $"there is no column '{cells[i].Trim()}'"
                    + (Spelling.Nearest(name, Columns) is { } near ? $"; did you mean {near}?" : $"; expected some of {string.Join(", ", Columns)}"));
            if (!columns.TryAdd(name, i)) throw source.Refusal(line, $"the column {name} is there twice; leave one");
        }
        foreach (var needed in (string[])["register", "offset"])
            if (!columns.ContainsKey(needed))
                throw source.Refusal(line, $"there is no column {needed}; expected it, of {string.Join(", ", Columns)}");
    }

    private void ReadRow(IReadOnlyList<string> cells, int line)
    {
        if (cells.Count > columns.Count) throw source.Refusal(line,
            $"{cells.Count} cells; the head has {columns.Count}: put text with separators in quotes");
        var (name, field) = (Cell("register"), Cell("field"));
        if (name.Length > 0 && name != current?.Name || current is null || field.Length == 0) Begin(name);
        if (field.Length == 0) return;
        var (low, width) = BitsOf(Cell("bits"), current!, field, line);
        current!.Fields.Add(new(new MapField(field, low, width, Access() ?? FieldAccess.ReadWrite, Optional("reset"), Cell("description"))
        {
            Values = ValuesOf(Cell("values"), line),
        }, line));
        if (current.Fields.Count > 64) throw source.Refusal(line, $"{current.Name} has more than 64 fields");

        void Begin(string register)
        {
            if (register.Length == 0) throw source.Refusal(line, "this line names no register, and no field either; expected one");
            var bar = Cell("bar").Length == 0 ? "0" : Cell("bar");
            if (bar is not ("0" or "1" or "2" or "3" or "4" or "5" or "configuration"))
                throw source.Refusal(line, $"bar is '{bar}'; expected 0 to 5, or configuration");
            var key = bar == "configuration" ? bar : $"bar{bar}";
            var bits = Optional("width") ?? 32;
            if (bits is not (8 or 16 or 32 or 64)) throw source.Refusal(line, $"{register} has {bits} bits; expected 8, 16, 32 or 64");
            var isOwn = field.Length == 0;
            current = new Register(register, Optional("offset") ?? throw source.Refusal(line, $"{register} has no offset; expected one"), (int)bits,
                isOwn ? Cell("description") : "", isOwn ? Access() : null, isOwn ? Optional("reset") : null, line);
            if (isOwn && Cell("values").Length > 0) throw source.Refusal(line, $"{register}: values are a field's; expected a field");
            if (!bars.TryGetValue(key, out var list)) bars[key] = list = [];
            list.Add(current);
        }

        FieldAccess? Access() => Cell("access") switch
        {
            "" => null,
            var text when FieldAccess.TryParse(text, out var access) => access,
            var text => throw source.Refusal(line, $"access '{text}'; expected RO, RW, WO, W1C, RC or another of docs/own-registers.md"),
        };

        ulong? Optional(string column) => Cell(column) switch
        {
            "" => null,
            var text when Numbers.TryPlain(text, out var number) || Numbers.TryVerilog(text, out number) => number,
            var text => throw source.Refusal(line, $"{column} is '{text}'; expected a number, as in 10, 0x1F or 8'h1F"),
        };

        string Cell(string column) => columns.TryGetValue(column, out var i) && i < cells.Count ? cells[i].Trim() : "";
    }

    // 7, 7:4 or 7..4, in brackets or not; none for all.
    private (int Low, int Width) BitsOf(string text, Register register, string field, int line)
    {
        if (text.Length == 0) return (0, register.Width);
        var ends = text.Trim('[', ']').Replace("..", ":", StringComparison.Ordinal).Split(':');
        return ends.Length is 1 or 2 && int.TryParse(ends[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var high)
            && int.TryParse(ends[^1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var low) && low <= high && high < 1024
            ? (low, high - low + 1) : throw source.Refusal(line, $"{register.Name}.{field} has bits '{text}'; expected them as in 7 or 7:4");
    }

    // 0=OFF 1=ON
    private List<NamedValue> ValuesOf(string text, int line)
    {
        var values = new List<NamedValue>();
        foreach (var word in text.Split([' ', ',', ';', '|'], StringSplitOptions.RemoveEmptyEntries))
            values.Add(word.Split('=') is [var number, { Length: > 0 } name] && Numbers.TryPlain(number, out var value) ? new NamedValue(name, value)
                : throw source.Refusal(line, $"'{word}' is no value; expected them as in 0=OFF 1=ON"));
        return values;
    }

    private sealed record Register(string Name, ulong Offset, int Width, string Description, FieldAccess? Access, ulong? Reset, int Line)
    {
        public List<PlacedField> Fields { get; } = [];
    }
}
