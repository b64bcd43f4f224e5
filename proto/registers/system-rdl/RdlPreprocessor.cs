using System.Text;
using Pcie.Registers.Reading;
using Pcie.Scenario;

namespace Pcie.Registers.SystemRdl;

/// <summary>
/// The directives of Verilog's preprocessor, which SystemRDL has too: <c>`include</c>, <c>`define</c> with and without parameters,
/// <c>`undef</c>, <c>`ifdef</c> and its like. What comes out knows of each line where it is from. An included file lies beside the one that names
/// it, or beside the first.
/// </summary>
internal sealed class RdlPreprocessor
{
    private const int MostDepth = 64, MostFiles = 1000, MostCharacters = 16 << 20, MostDefined = 65_536;

    private readonly string? folder;
    private readonly Func<string, string> read;
    private readonly Dictionary<string, RdlMacro> macros = [];
    private readonly StringBuilder text = new();
    private readonly List<(string Name, int Line)> origins = [];
    private int files;
    private long scanned;

    private RdlPreprocessor(string? folder, Func<string, string> read) => (this.folder, this.read) = (folder, read);

    /// <param name="folder">Where the file lies; null for a text by itself, which includes nothing.</param>
    /// <param name="read">Reads a file.</param>
    public static MapSource Run(MapSource source, string? folder, Func<string, string> read)
    {
        if (!source.Text.Contains('`', StringComparison.Ordinal)) return source;
        var run = new RdlPreprocessor(folder, read);
        var file = new Reading(source.Name, folder, null);
        run.origins.Add((file.Name, 1));
        run.Scan(source.Text, file, 0);
        return source.With(run.text.ToString(), run.origins);
    }

    private void Scan(string from, Reading file, int depth)
    {
        if (depth > MostDepth)
            throw file.Refusal($"macros or files are {MostDepth} within each other{file.Chain}; one that needs itself never ends, unless "
                + "`ifndef is around it");
        // One that comes to nothing takes its time, too.
        scanned += from.Length + 32;
        if (scanned > MostCharacters)
            throw file.Refusal($"files and macros come to more than {MostCharacters:#,0} characters; it is no register map");
        var conditions = new Stack<Condition>();
        var at = 0;
        while (at < from.Length)
        {
            var (start, isOn) = (at, conditions.Count == 0 || conditions.Peek().IsOn);
            var rest = from.AsSpan(at);
            if (rest.StartsWith("//")) at = IndexOrEnd(from, '\n', at);
            else if (rest.StartsWith("/*")) at = from.IndexOf("*/", at + 2, StringComparison.Ordinal) is var end and >= 0 ? end + 2 : from.Length;
            else if (from[at] == '"') at = EndOfText(from, at);
            else if (from[at] == '`')
            {
                Directive(from, ref at, file, depth, conditions, isOn);
                continue;
            }
            else at++;
            Copy(from.AsSpan(start, at - start), file, isOn);
        }
        if (conditions.TryPeek(out var open)) throw file.Refusal(open.Line, $"this `{open.Word} has no end; expected `endif");
    }

    private void Directive(string from, ref int at, Reading file, int depth, Stack<Condition> conditions, bool isOn)
    {
        at++;
        var word = Word(from, ref at);
        switch (word)
        {
            case "ifdef" or "ifndef":
                var isWanted = macros.ContainsKey(NameIn(from, ref at, file, word)) == (word == "ifdef");
                conditions.Push(new Condition(word, file.Line, isOn, isOn && isWanted, isOn && isWanted));
                return;
            case "elsif" or "else":
                if (!conditions.TryPop(out var before)) throw file.Refusal($"`{word} without `ifdef before it");
                var isNext = word == "else" || macros.ContainsKey(NameIn(from, ref at, file, word));
                isNext &= before is { IsOuterOn: true, IsDone: false };
                conditions.Push(before with { IsOn = isNext, IsDone = before.IsDone || isNext });
                return;
            case "endif":
                if (!conditions.TryPop(out _)) throw file.Refusal("`endif without `ifdef before it");
                return;
            default:
                if (!isOn) return;
                break;
        }
        switch (word)
        {
            case "define": Define(from, ref at, file); return;
            case "undef": macros.Remove(NameIn(from, ref at, file, word)); return;
            case "include": Include(from, ref at, file, depth); return;
            // Of Verilog's own; registers have none of it.
            case "timescale" or "resetall" or "default_nettype" or "line" or "pragma": at = IndexOrEnd(from, '\n', at); return;
            default: Expand(word, from, ref at, file, depth); return;
        }
    }

    private void Define(string from, ref int at, Reading file)
    {
        var name = NameIn(from, ref at, file, "define");
        List<(string, string?)>? parameters = null;
        var lines = 0;
        if (at < from.Length && from[at] == '(')
            parameters = [.. Arguments(from, ref at, file, name, out lines).Select(one => one.Split('=', 2))
                .Select(one => (one[0].Trim(), one.Length > 1 ? one[1].Trim() : null))];
        var body = new StringBuilder();
        while (true)
        {
            var end = IndexOrEnd(from, '\n', at);
            var line = WithoutComment(from[at..end]).TrimEnd();
            at = end;
            if (!line.EndsWith('\\') || end == from.Length)
            {
                body.Append(line);
                break;
            }
            body.Append(line.AsSpan(0, line.Length - 1)).Append(' ');
            at++;
            lines++;
        }
        if (macros.Count == MostDefined) throw file.Refusal($"more than {MostDefined:#,0} macros; it is no register map");
        macros[name] = new RdlMacro(body.ToString().Trim(), parameters);
        NewLines(lines, file);
    }

    private void Include(string from, ref int at, Reading file, int depth)
    {
        while (at < from.Length && from[at] is ' ' or '\t') at++;
        var close = at < from.Length && from[at] == '<' ? '>' : '"';
        var end = at < from.Length && from[at] is '"' or '<' ? from.AsSpan(at + 1).IndexOfAny(close, '\n') : -1;
        if (end <= 0 || from[at + 1 + end] != close) throw file.Refusal("expected `include \"FILE\"");
        var named = from[(at + 1)..(at + 1 + end)];
        at += end + 2;
        if (++files > MostFiles)
            throw file.Refusal($"more than {MostFiles:#,0} files are included{file.Chain}; one that includes itself needs `ifndef around it");
        var places = new[] { file.Folder, folder }.OfType<string>().Select(place => Path.Combine(place, named)).ToList();
        var path = places.Find(File.Exists) ?? throw file.Refusal(
            $"`include \"{named}\": there is no such file; it is looked for beside the one that names it"
            + (file.Above is null ? "" : ", and beside the first"));
        string content;
        try
        {
            content = read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw file.Refusal($"`include \"{named}\": {e.Message}");
        }
        var included = new Reading(named, Path.GetDirectoryName(Path.GetFullPath(path)), file);
        NewLine(included);
        Scan(content, included, depth + 1);
        NewLine(file);
    }

    private void Expand(string name, string from, ref int at, Reading file, int depth)
    {
        if (name.Length == 0) throw file.Refusal("'`' is not expected here");
        if (!macros.TryGetValue(name, out var macro))
            throw file.Refusal($"there is no macro `{name}"
                + (Spelling.Nearest(name, macros.Keys) is { } near ? $"; did you mean `{near}?" : "; expected `define of it before"));
        var lines = 0;
        IReadOnlyList<string> arguments = [];
        if (macro.Parameters is { } parameters)
        {
            while (at < from.Length && char.IsWhiteSpace(from[at])) lines += from[at++] == '\n' ? 1 : 0;
            if (at == from.Length || from[at] != '(') throw file.Refusal($"`{name} has parameters; expected ( after it");
            var given = Arguments(from, ref at, file, name, out var within);
            lines += within;
            if (parameters.Count == 0 && given is [""]) given = [];
            if (given.Count > parameters.Count || parameters.Skip(given.Count).Any(one => one.Default is null))
                throw file.Refusal($"`{name} is given {given.Count} arguments; expected {parameters.Count}");
            arguments = [.. parameters.Select((one, i) => i < given.Count && (given[i].Length > 0 || one.Default is null) ? given[i] : one.Default!)];
        }
        Scan(macro.With(arguments), file, depth + 1);
        NewLines(lines, file);
    }

    // From ( to its ), apart at the commas that are within no other brackets and no text.
    private static List<string> Arguments(string from, ref int at, Reading file, string name, out int lines)
    {
        var (arguments, argument, open) = (new List<string>(), new StringBuilder(), 1);
        lines = 0;
        for (at++; at < from.Length; at++)
        {
            var c = from[at];
            if (c == '"')
            {
                var end = EndOfText(from, at);
                argument.Append(from[at..end].Replace('\n', ' '));
                lines += from.AsSpan(at, end - at).Count('\n');
                at = end - 1;
                continue;
            }
            if (c is '(' or '[' or '{') open++;
            if (c is ')' or ']' or '}' && open-- == 1)
            {
                if (c != ')') break;
                at++;
                return [.. arguments, argument.ToString().Trim()];
            }
            if (c == '\n') lines++;
            if (c == ',' && open == 1)
            {
                arguments.Add(argument.ToString().Trim());
                argument.Clear();
            }
            // A definition goes on behind \ in the next line.
            else if (c != '\\' || at + 1 == from.Length || from[at + 1] is not ('\n' or '\r')) argument.Append(c is '\n' or '\r' ? ' ' : c);
        }
        throw file.Refusal($"the parentheses of `{name} have no end; expected )");
    }

    private static string WithoutComment(string line)
    {
        for (var at = 0; at < line.Length; at++)
        {
            if (line[at] == '"') at = EndOfText(line, at) - 1;
            else if (line.AsSpan(at).StartsWith("//")) return line[..at] + (line.TrimEnd().EndsWith('\\') ? "\\" : "");
        }
        return line;
    }

    private static string NameIn(string from, ref int at, Reading file, string directive)
    {
        while (at < from.Length && from[at] is ' ' or '\t') at++;
        return Word(from, ref at) is { Length: > 0 } name ? name : throw file.Refusal($"expected a name after `{directive}");
    }

    private static string Word(string from, ref int at)
    {
        var start = at;
        while (at < from.Length && (char.IsAsciiLetterOrDigit(from[at]) || from[at] == '_')) at++;
        return from[start..at];
    }

    private static int EndOfText(string from, int at)
    {
        for (at++; at < from.Length && from[at] != '"'; at++)
            if (from[at] == '\\') at++;
        return Math.Min(at + 1, from.Length);
    }

    private static int IndexOrEnd(string from, char c, int at) => from.IndexOf(c, at) is var found and >= 0 ? found : from.Length;

    // What is left out leaves its lines, so that those after it are where they were.
    private void Copy(ReadOnlySpan<char> piece, Reading file, bool isOn)
    {
        foreach (var c in piece)
        {
            if (c == '\n') NewLines(1, file);
            else if (isOn) text.Append(c);
        }
    }

    private void NewLines(int count, Reading file)
    {
        for (; count > 0; count--)
        {
            file.Line++;
            NewLine(file);
        }
    }

    private void NewLine(Reading file)
    {
        text.Append('\n');
        origins.Add((file.Name, file.Line));
    }

    /// <param name="IsOuterOn">Whether what is around it is read.</param>
    /// <param name="IsOn">Whether this part of it is.</param>
    /// <param name="IsDone">Whether one part has been.</param>
    private readonly record struct Condition(string Word, int Line, bool IsOuterOn, bool IsOn, bool IsDone);

    /// <summary>A file that is being read.</summary>
    private sealed class Reading(string name, string? folder, Reading? above)
    {
        public string Name => name;
        public string? Folder => folder;
        public Reading? Above => above;
        public int Line { get; set; } = 1;

        /// <summary>By which way it is reached, the last few files of it.</summary>
        public string Chain => above is null ? "" : $" ({above.Above?.Name ?? above.Name} includes {above.Name} includes {name})";

        public InvalidDataException Refusal(string what) => Refusal(Line, what);

        public InvalidDataException Refusal(int line, string what) => new($"{name}:{line}: {what}");
    }
}
