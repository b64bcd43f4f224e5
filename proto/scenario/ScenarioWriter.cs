using System.Globalization;
using System.Text;

namespace Pcie.Scenario;

/// <summary>Writes tables as TOML: a header for each table that is not within brackets, keys in the order in which they were given.</summary>
internal sealed class ScenarioWriter
{
    private readonly StringBuilder text = new();
    private readonly Func<string, string> named;

    private ScenarioWriter(Func<string, string> named) => this.named = named;

    public static string Write(ScenarioTable root, Func<string, string> named)
    {
        var writer = new ScenarioWriter(named);
        writer.AddTable(root, "");
        return writer.text.ToString();
    }

    private void AddTable(ScenarioTable table, string path)
    {
        foreach (var entry in table.Entries.Where(entry => !IsBelow(entry.Value)))
            text.Append(Key(entry.Key)).Append(" = ").Append(entry.IsFile ? Text(named(PathOf(entry))) : Value(entry.Value)).Append('\n');
        foreach (var entry in table.Entries.Where(entry => IsBelow(entry.Value)))
        {
            var below = path.Length == 0 ? Key(entry.Key) : $"{path}.{Key(entry.Key)}";
            if (entry.Value.Content is ScenarioTable one) AddHeaded(one, below, $"[{below}]");
            else foreach (var element in (List<ScenarioTable>)entry.Value.Content) AddHeaded(element, below, $"[[{below}]]");
        }
    }

    private void AddHeaded(ScenarioTable table, string path, string header)
    {
        text.Append(header).Append('\n');
        AddTable(table, path);
    }

    private static bool IsBelow(ScenarioValue value) => value.Content is ScenarioTable { Origin: not TableOrigin.Inline } or List<ScenarioTable>;

    private static string PathOf(ScenarioEntry entry) => Path.Combine(entry.At.Text.Folder, (string)entry.Value.Content);

    private string Value(ScenarioValue value) => value.Content switch
    {
        string own => Text(own),
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Number(number),
        DateTimeOffset date => date.ToString("O", CultureInfo.InvariantCulture),
        List<ScenarioValue> list => $"[{string.Join(", ", list.Select(Value))}]",
        ScenarioTable table => $"{{ {string.Join(", ", table.Entries.Select(entry =>
            $"{Key(entry.Key)} = {(entry.IsFile ? Text(named(PathOf(entry))) : Value(entry.Value))}"))} }}",
        _ => throw new InvalidOperationException($"A scenario has no {value.Content.GetType()}."),
    };

    // A number without a fraction is another kind of value in TOML.
    private static string Number(double number)
    {
        var digits = number.ToString("R", CultureInfo.InvariantCulture);
        return double.IsNaN(number) ? "nan" : double.IsInfinity(number) ? number > 0 ? "inf" : "-inf"
            : digits.AsSpan().ContainsAny('.', 'E') ? digits : $"{digits}.0";
    }

    private static string Key(string key) => key.Length > 0 && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? key : Text(key);

    private static string Text(string own)
    {
        var quoted = new StringBuilder("\"");
        foreach (var c in own)
            if (c is '"' or '\\') quoted.Append('\\').Append(c);
            else if (char.IsControl(c)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}");
            else quoted.Append(c);
        return quoted.Append('"').ToString();
    }
}
