using System.Diagnostics;
using System.Globalization;
using Tomlyn;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Pcie.Scenario;

/// <summary>
/// Turns a TOML text into tables. The grammar is Tomlyn's work; what TOML forbids beyond it (a key or a table twice) is refused
/// here, where both places can be named.
/// </summary>
internal sealed class ScenarioParser
{
    // One slip of the pen makes a parser stumble many times: the first error of each line, and not more lines than fit a screen.
    private const int ErrorsShown = 10;

    private const int DeepestKey = 32;

    // Lines and the commas in them: a hundred sources of interference as they are calibrated have some ten thousand.
    private const int MostEntries = 50_000;

    private readonly ScenarioText text;
    private readonly ScenarioTable root;
    private readonly List<ScenarioError> errors = [];

    private ScenarioParser(ScenarioText text)
    {
        this.text = text;
        root = new ScenarioTable("", new ScenarioPosition(text, 1, 1), TableOrigin.Header);
    }

    /// <param name="from">Where the text is from.</param>
    public static ScenarioTable Parse(string text, ScenarioText from)
    {
        var parser = new ScenarioParser(from);
        text = text.TrimStart('\uFEFF');
        parser.RefuseHalfCharacters(text);
        parser.RefuseDeepKeys(text);
        parser.RefuseTooMany(text);
        parser.RefuseIfAny();
        var document = parser.ParseSyntax(text);
        parser.AddAll(parser.root, document.KeyValues);
        foreach (var table in document.Tables) parser.AddTable(table);
        parser.RefuseIfAny();
        return parser.root;
    }

    // Half a surrogate pair cannot come from a file, but from a text; Tomlyn would not survive it.
    private void RefuseHalfCharacters(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i)) i++;
            else if (char.IsSurrogate(text[i]))
            {
                var at = new ScenarioPosition(this.text, text.AsSpan(0, i).Count('\n') + 1, i - text.LastIndexOf('\n', i));
                Refuse(at, $"U+{(int)text[i]:X4} is half a character; write it anew");
            }
        }
    }

    // The parser takes time and memory by the square of a key's parts, and a scenario has few.
    private void RefuseDeepKeys(string text)
    {
        var line = 0;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            line++;
            var end = content.IndexOfAny("=#,");
            var parts = 1 + (end < 0 ? content : content[..end]).Count('.');
            if (parts > DeepestKey) Refuse(new ScenarioPosition(this.text, line, 1), $"a key of {parts} parts; expected at most {DeepestKey}");
        }
    }

    // Parser and readers take a hundred times as long and as much memory for a line as it takes to count it.
    private void RefuseTooMany(string text)
    {
        var (line, entries) = (0, 0);
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            line++;
            var start = content.TrimStart();
            if (start.Length > 0 && start[0] != '#') entries += 1 + start.Count(',');
            if (entries <= MostEntries) continue;
            Refuse(new ScenarioPosition(this.text, line, 1), string.Create(CultureInfo.InvariantCulture,
                $"more than {MostEntries:#,0} keys, tables and values until here; a scenario has some hundreds, perhaps this is another file"));
            return;
        }
    }

    private DocumentSyntax ParseSyntax(string text)
    {
        DocumentSyntax document;
        try
        {
            // The line end: Tomlyn throws where a text ends within an escape.
            document = SyntaxParser.Parse(text + '\n', this.text.Name, validate: false);
        }
        catch (TomlException e)
        {
            // Not a diagnostic but an end: the nesting is too deep to go on.
            throw new ScenarioException(
                [new ScenarioError(new ScenarioPosition(this.text, e.Line ?? 1, e.Column ?? 1),
                    "nested too deeply; nothing in a scenario goes deeper than 4")]);
        }
        var lastLine = -1;
        foreach (var diagnostic in document.Diagnostics)
        {
            var start = diagnostic.Span.Start;
            if (start.Line == lastLine) continue;
            lastLine = start.Line;
            if (errors.Count == ErrorsShown) break;
            Refuse(Position(start), $"not TOML: {diagnostic.Message}");
        }
        RefuseIfAny();
        return document;
    }

    private void AddTable(TableSyntaxBase syntax)
    {
        var name = syntax.Name!;
        var table = root;
        var path = KeyPath(name);
        foreach (var part in path.Take(path.Count - 1))
        {
            switch (table.Find(part)?.Value.Content)
            {
                case null:
                    table = AddNew(table, part, Position(name), TableOrigin.Implicit);
                    break;
                case ScenarioTable { Origin: not TableOrigin.Inline } inner:
                    table = inner;
                    break;
                case List<ScenarioTable> elements:
                    table = elements[^1];
                    break;
                default:
                    RefuseSecond(table, part, Position(name));
                    return;
            }
        }
        if (Open(table, path[^1], syntax) is { } opened) AddAll(opened, syntax.Items);
    }

    private ScenarioTable? Open(ScenarioTable parent, string key, TableSyntaxBase syntax)
    {
        var at = Position(syntax);
        var content = parent.Find(key)?.Value.Content;
        if (syntax is TableArraySyntax)
        {
            var element = new ScenarioTable(parent.PathOf(key), at, TableOrigin.Element);
            if (content is List<ScenarioTable> elements) elements.Add(element);
            else if (content is null) parent.Add(new ScenarioEntry(key, at, new(new List<ScenarioTable> { element }, at)));
            else return RefuseSecond(parent, key, at);
            return element;
        }
        if (content is null) return AddNew(parent, key, at, TableOrigin.Header);
        if (content is not ScenarioTable { Origin: TableOrigin.Implicit } table) return RefuseSecond(parent, key, at);
        table.Origin = TableOrigin.Header;
        return table;
    }

    private void AddAll(ScenarioTable table, IEnumerable<KeyValueSyntax> items)
    {
        foreach (var item in items) Add(table, item);
    }

    private void Add(ScenarioTable table, KeyValueSyntax item)
    {
        var path = KeyPath(item.Key!);
        var at = Position(item.Key!);
        foreach (var part in path.Take(path.Count - 1))
        {
            switch (table.Find(part)?.Value.Content)
            {
                case null:
                    table = AddNew(table, part, at, TableOrigin.Dotted);
                    break;
                case ScenarioTable { Origin: TableOrigin.Dotted } inner:
                    table = inner;
                    break;
                default:
                    RefuseSecond(table, part, at);
                    return;
            }
        }
        var key = path[^1];
        if (table.Find(key) is not null) RefuseSecond(table, key, at);
        else table.Add(new ScenarioEntry(key, at, Value(item.Value!, table.PathOf(key))));
    }

    private static ScenarioTable AddNew(ScenarioTable parent, string key, ScenarioPosition at, TableOrigin origin)
    {
        var table = new ScenarioTable(parent.PathOf(key), at, origin);
        parent.Add(new ScenarioEntry(key, at, new ScenarioValue(table, at)));
        return table;
    }

    private ScenarioValue Value(ValueSyntax syntax, string path)
    {
        var at = Position(syntax);
        return new ScenarioValue(syntax switch
        {
            StringValueSyntax text => text.Value!,
            IntegerValueSyntax integer => Integer(integer, at),
            FloatValueSyntax number => number.Value,
            BooleanValueSyntax flag => flag.Value,
            DateTimeValueSyntax date => date.Value.DateTime,
            ArraySyntax array => array.Items.Select(item => Value(item.Value!, path)).ToList(),
            InlineTableSyntax inline => Inline(inline, path, at),
            _ => throw new UnreachableException($"TOML has no {syntax.Kind}."),
        }, at);
    }

    private ScenarioTable Inline(InlineTableSyntax syntax, string path, ScenarioPosition at)
    {
        var table = new ScenarioTable(path, at, TableOrigin.Inline);
        AddAll(table, syntax.Items.Select(item => item.KeyValue!));
        return table;
    }

    private long Integer(IntegerValueSyntax syntax, ScenarioPosition at)
    {
        // Tomlyn reads 0xFFFFFFFFFFFFFFFF as −1; TOML's integers are signed.
        if (syntax.Value < 0 && syntax.Token!.Text!.StartsWith('0'))
            Refuse(at, $"{syntax.Token.Text} is too large; expected at most 0x7FFFFFFFFFFFFFFF");
        return syntax.Value;
    }

    private ScenarioTable? RefuseSecond(ScenarioTable table, string key, ScenarioPosition at)
    {
        var first = table.Find(key)!;
        Refuse(at, $"\"{key}\" comes a second time in {table.Title}; the first is on line {first.At.Line}: keep one");
        return null;
    }

    private void Refuse(ScenarioPosition at, string message) => errors.Add(new ScenarioError(at, message));

    private void RefuseIfAny()
    {
        if (errors.Count > 0) throw new ScenarioException(errors);
    }

    private static List<string> KeyPath(KeySyntax syntax) =>
        [KeyText(syntax.Key!), .. syntax.DotKeys.Select(dotted => KeyText(dotted.Key!))];

    private static string KeyText(BareKeyOrStringValueSyntax key) =>
        key is StringValueSyntax quoted ? quoted.Value! : ((BareKeySyntax)key).Key!.Text!;

    private ScenarioPosition Position(SyntaxNodeBase node) => Position(node.Span.Start);

    private ScenarioPosition Position(TextPosition start) => new(text, start.Line + 1, start.Column + 1);
}
