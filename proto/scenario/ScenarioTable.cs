using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Scenario;

/// <summary>
/// A table of a scenario file, read key by key. A getter without a default wants its key to be there. A reader ends with
/// <see cref="RefuseUnknownKeys"/>, so that a misspelt key is never taken for an absent one.
/// </summary>
/// <remarks>
/// Every getter throws <see cref="ScenarioException"/> with file, line and column if it cannot return what it was asked for.
/// </remarks>
public sealed class ScenarioTable
{
    private readonly string path;
    private readonly ScenarioPosition at;
    private readonly Dictionary<string, ScenarioEntry> entries = [];
    // In the order in which they were asked for.
    private readonly OrderedDictionary<string, bool> known = [];

    internal ScenarioTable(string path, ScenarioPosition at, TableOrigin origin)
    {
        this.path = path;
        this.at = at;
        Origin = origin;
    }

    /// <summary>The table as errors name it: <c>[card.source]</c>.</summary>
    public string Title => path.Length == 0 ? "the file" : Origin == TableOrigin.Element ? $"[[{path}]]" : $"[{path}]";

    /// <summary>Whether the file says nothing here.</summary>
    public bool IsEmpty => entries.Count == 0;

    /// <summary>The keys that the file gives, in its order: for a table whose keys are its reader's to judge.</summary>
    public IReadOnlyList<string> Keys => [.. entries.Keys];

    internal TableOrigin Origin { get; set; }

    internal IEnumerable<ScenarioEntry> Entries => entries.Values;

    /// <summary>Whether the key is there. Makes it a known key, but not a read one.</summary>
    public bool Has(string key)
    {
        known.TryAdd(key, true);
        return entries.ContainsKey(key);
    }

    /// <summary>Whether the key is a table.</summary>
    public bool HasTable(string key) => entries.TryGetValue(key, out var entry) && entry.Value.Content is ScenarioTable;

    /// <summary>An object of the type, with the keys that it declares (<see cref="KeyAttribute"/>) as the table gives them.</summary>
    /// <param name="below">What the keys that are declared to be below another key are below.</param>
    public T Read<T>(long below = long.MaxValue)
    {
        var declaration = TableDeclaration.Of(typeof(T));
        var errors = new ScenarioErrors();
        var read = declaration.Read(this, below, errors);
        errors.Try(() =>
        {
            foreach (var table in declaration.Keys.Select(key => key.PlaceIn(this).Table).Where(table => table != this).Distinct())
                errors.Try(table.RefuseUnknownKeys);
        });
        errors.Try(RefuseUnknownKeys);
        errors.ThrowIfAny();
        return (T)read;
    }

    /// <summary>As <see cref="Read"/>, but the table has other keys too, which are another reader's to refuse.</summary>
    public T ReadPart<T>()
    {
        var errors = new ScenarioErrors();
        var read = TableDeclaration.Of(typeof(T)).Read(this, long.MaxValue, errors);
        errors.ThrowIfAny();
        return (T)read;
    }

    /// <summary>As <see cref="Read"/>, an object of the one of several types that the table is.</summary>
    /// <param name="refusal">What to throw if the table is none of the kinds, or several: given the keys that make it so.</param>
    public T ReadKind<T>(Func<IReadOnlyList<string>, ScenarioException> refusal, long below = long.MaxValue)
    {
        var all = TableDeclaration.Of(typeof(T));
        var given = all.Kinds.Where(kind => Has(kind.Mark.Name)).ToList();
        // A key that makes a table one kind may be one of several keys of another.
        var kinds = given.FindAll(kind => !given.Exists(other => other != kind && other.Keys.Any(key => key.Name == kind.Mark.Name)));
        if (kinds.Count != 1) throw refusal([.. kinds.Select(kind => kind.Mark.Name)]);
        var errors = new ScenarioErrors();
        var read = kinds[0].Read(this, below, errors);
        foreach (var key in all.Keys)
            if ((key.Elsewhere ?? kinds[0].Mark.Excludes) is { } reason)
                errors.Try(() => Only(key.Name, !Has(key.Name) || entries[key.Name].IsRead, reason));
        // Some of the keys that are not read have been refused with their reason.
        if (!errors.Any) errors.Try(RefuseUnknownKeys);
        errors.ThrowIfAny();
        return (T)read;
    }

    /// <summary>A duration: a number and a unit (<c>"50ms"</c>), which comes out to whole nanoseconds.</summary>
    public Duration Duration(string key, Duration? min = null, Duration? max = null)
    {
        var entry = Read(key);
        var value = DurationOf(key, entry.Value);
        return value >= (min ?? Time.Duration.Zero) && value <= (max ?? Time.Duration.Max) ? value
            : throw OutOfRange(key, entry, value, min, max);
    }

    /// <summary>A list of durations, which may be empty.</summary>
    public IReadOnlyList<Duration> Durations(string key)
    {
        var entry = Read(key);
        return entry.Value.Content is List<ScenarioValue> values ? values.ConvertAll(value => DurationOf(key, value))
            : throw WrongValue(key, entry.Value, "a list of durations, such as [\"1ms\", \"2ms\"]");
    }

    /// <summary>A whole number.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "TOML's name for it.")]
    public long Integer(string key, long min = long.MinValue, long max = long.MaxValue)
    {
        var entry = Read(key);
        if (entry.Value.Content is not long value) throw WrongValue(key, entry.Value, "a whole number");
        return value >= min && value <= max ? value
            : throw OutOfRange<long>(key, entry, value, min == long.MinValue ? null : min, max == long.MaxValue ? null : max);
    }

    /// <summary>A list of whole numbers, which may be empty.</summary>
    public IReadOnlyList<long> Integers(string key, long min, long max)
    {
        var entry = Read(key);
        if (entry.Value.Content is not List<ScenarioValue> values) throw WrongValue(key, entry.Value, "a list of whole numbers, such as [0, 1]");
        return values.ConvertAll(value => value.Content is long number && number >= min && number <= max ? number
            : throw WrongValue(key, value, $"whole numbers from {min} to {max}"));
    }

    /// <summary>A number, with or without a fraction; never infinite.</summary>
    public double Number(string key, double min = double.MinValue, double max = double.MaxValue)
    {
        var entry = Read(key);
        var value = NumberOf(key, entry.Value);
        return value >= min && value <= max ? value
            : throw OutOfRange<double>(key, entry, value, min == double.MinValue ? null : min, max == double.MaxValue ? null : max);
    }

    /// <summary>A text.</summary>
    public string Text(string key)
    {
        var entry = Read(key);
        if (entry.Value.Content is not string text) throw WrongValue(key, entry.Value, "a text in quotation marks");
        // It comes to terminals and logs, and names files.
        return text.Any(char.IsControl) ? throw Refusal(key, "expected a text without control characters") : text;
    }

    /// <summary>The path of a file: a relative one starts from the folder of the file that says it.</summary>
    public string FilePath(string key)
    {
        var entry = Read(key);
        entry.IsFile = true;
        return Path.Combine(entry.At.Text.Folder, Text(key));
    }

    /// <summary>True or false.</summary>
    public bool Flag(string key)
    {
        var entry = Read(key);
        return entry.Value.Content as bool? ?? throw WrongValue(key, entry.Value, "true or false");
    }

    /// <summary>One of the names of an enum, in kebab-case: <c>WallClock</c> is written <c>"wall-clock"</c>.</summary>
    public TEnum Choice<TEnum>(string key) where TEnum : struct, Enum => (TEnum)Choice(key, [.. Enum.GetValues<TEnum>().Cast<object>()]);

    /// <summary>A number of bytes: a whole number, or a text with a unit (<c>"64 KiB"</c>, <c>"1 MB"</c>).</summary>
    public long Bytes(string key, long min = 0, long max = long.MaxValue)
    {
        var entry = Read(key);
        var value = entry.Value.Content is long bytes ? bytes : QuantityOf(key, entry.Value, Quantity.Bytes);
        return value >= min && value <= max ? value
            : throw OutOfRange<long>(key, entry, value, min, max == long.MaxValue ? null : max);
    }

    /// <summary>Bytes per second, from a text with a unit (<c>"200 MB/s"</c>).</summary>
    public long Rate(string key, long min = 0, long max = long.MaxValue)
    {
        var entry = Read(key);
        var value = QuantityOf(key, entry.Value, Quantity.Rate);
        return value >= min && value <= max ? value
            : throw OutOfRange<long>(key, entry, value, min, max == long.MaxValue ? null : max);
    }

    /// <summary>A duration that varies: a plain duration, or a table of one of the <see cref="DistributionForm"/>s.</summary>
    public Distribution Distribution(string key)
    {
        var entry = Read(key);
        return entry.Value.Content switch
        {
            ScenarioTable table => DistributionForm.Read(table),
            string => Randomness.Distribution.Fixed(DurationOf(key, entry.Value)),
            _ => throw WrongValue(key, entry.Value, $"{Quantity.Duration.Expected}, or a table such as {{ exponential = \"1ms\" }}"),
        };
    }

    /// <summary>The table of this name within this one, an empty one if it is not there.</summary>
    public ScenarioTable Table(string key) => Has(key) ? TableOf(key, Read(key)) : new ScenarioTable(PathOf(key), at, TableOrigin.Inline);

    /// <summary>The tables under <c>[[…]]</c> headers of this name, or in a list, in their order; none if the key is not there.</summary>
    public IReadOnlyList<ScenarioTable> Tables(string key) => (Has(key) ? Read(key) : null)?.Value switch
    {
        null => [],
        { Content: List<ScenarioTable> tables } => tables,
        { Content: List<ScenarioValue> values } =>
            values.ConvertAll(value => value.Content as ScenarioTable ?? throw WrongValue(key, value, "a table")),
        { Content: ScenarioTable { Origin: TableOrigin.Header } } value =>
            throw Error(value.At, $"[{PathOf(key)}] is one of a list; write [[{PathOf(key)}]]"),
        { } value => throw WrongValue(key, value, $"tables, each under [[{PathOf(key)}]]"),
    };

    /// <summary>Refuses what no getter has asked for.</summary>
    /// <exception cref="ScenarioException">There are such keys; it names them all, each with a known one that is near.</exception>
    public void RefuseUnknownKeys() => Refuse(entries.Values.Where(entry => !entry.IsRead));

    /// <summary>A refusal of a key's value, for rules that a getter cannot know.</summary>
    /// <param name="message">What is wrong, what was expected, what to do.</param>
    public ScenarioException Refusal(string key, string message) =>
        Error(Find(key)?.Value.At ?? at, $"\"{key}\" in {Title}: {message}");

    /// <summary>Refuses a key where it says nothing, whatever its value.</summary>
    /// <param name="belongs">Whether the table can have the key.</param>
    public void Only(string key, bool belongs, string reason)
    {
        if (!belongs && Has(key)) throw Refusal(key, reason);
    }

    /// <summary>A value of an enum as a scenario names it: in kebab case.</summary>
    public static string NameOf(object value) => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()!);

    internal object Choice(string key, object[] values)
    {
        var entry = Read(key);
        return Array.Find(values, value => entry.Value.Content is string text && text == NameOf(value))
            ?? throw WrongValue(key, entry.Value, $"one of {string.Join(", ", values.Select(value => $"\"{NameOf(value)}\""))}");
    }

    internal void RefuseOtherThan(ReadOnlySpan<string> names)
    {
        var allowed = names.ToArray();
        Refuse(entries.Values.Where(entry => !allowed.Contains(entry.Key)));
    }

    // Another's keys over its own, table by table.
    internal void Overlay(ScenarioTable over)
    {
        foreach (var (key, entry) in over.entries)
        {
            var mine = Find(key)?.Value.Content;
            if (mine is ScenarioTable below && entry.Value.Content is ScenarioTable table) below.Overlay(table);
            else if (mine is List<ScenarioTable> list && entry.Value.Content is List<ScenarioTable> more) list.AddRange(more);
            else if (path.Length == 0 && mine is List<ScenarioTable> elements && entry.Value.Content is ScenarioTable changed)
                OverlayElements(key, elements, changed);
            else if (mine is ScenarioTable or List<ScenarioTable>) throw Error(entry.At, $"{PathOf(key)} is a table, no key that could be changed");
            else entries[key] = entry;
        }
    }

    // Of what there is one for each card: driver.2.ring-slots is of the second, driver.ring-slots of the first.
    private void OverlayElements(string key, List<ScenarioTable> elements, ScenarioTable changed)
    {
        foreach (var (name, entry) in changed.entries)
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                elements[0].OverlayOne(entry);
                continue;
            }
            if (number < 1 || number > elements.Count)
                throw Error(entry.At, $"there is no {PathOf(key)}.{number}; expected {PathOf(key)}.1 to {PathOf(key)}.{elements.Count}");
            if (entry.Value.Content is not ScenarioTable inner)
                throw Error(entry.At, $"{PathOf(key)}.{number} is a table, no key that could be changed");
            elements[number - 1].Overlay(inner);
        }
    }

    private void OverlayOne(ScenarioEntry entry)
    {
        var one = new ScenarioTable(path, at, Origin);
        one.Add(entry);
        Overlay(one);
    }

    // The tables in double brackets; null if the key is something else, or not there.
    internal List<ScenarioTable>? Elements(string key) => Find(key)?.Value.Content as List<ScenarioTable>;

    // The same, and instead of tables in double brackets one of them. What is read of it is read of this table.
    internal ScenarioTable WithElement(string key, int number)
    {
        if (Elements(key) is not { } elements) return this;
        var other = new ScenarioTable(path, at, Origin);
        foreach (var entry in Entries)
            other.Add(entry.Key != key ? entry : new ScenarioEntry(key, elements[number - 1].at, new ScenarioValue(elements[number - 1], entry.At)));
        return other;
    }

    // The texts of a key that is the reader's own: one, or a list.
    internal IEnumerable<(string Text, ScenarioPosition At)> TakeTexts(string key)
    {
        if (!entries.Remove(key, out var entry)) return [];
        var values = entry.Value.Content as List<ScenarioValue> ?? [entry.Value];
        return values.Select(value => (value.Content as string ?? throw WrongValue(key, value, "a file's name, or a list of them"), value.At));
    }

    internal void Add(ScenarioEntry entry) => entries.Add(entry.Key, entry);

    internal ScenarioEntry? Find(string key) => entries.GetValueOrDefault(key);

    internal string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    internal ScenarioException Error(string message) => Error(at, message);

    private static ScenarioException Error(ScenarioPosition place, string message) =>
        new([new ScenarioError(place, message)]);

    private ScenarioEntry Read(string key)
    {
        if (Has(key))
        {
            entries[key].IsRead = true;
            return entries[key];
        }
        // The likeliest reason for a key to be missing is that it is misspelt.
        var unread = entries.Values.Where(entry => !entry.IsRead).Select(entry => entry.Key);
        if (Spelling.Nearest(key, unread) is not { } meant) throw Error(at, $"{Title} has no \"{key}\", which is required");
        // It is refused with this.
        entries[meant].IsRead = true;
        throw Error(entries[meant].At, $"unknown key \"{meant}\" in {Title}; did you mean \"{key}\", which is required?");
    }

    private void Refuse(IEnumerable<ScenarioEntry> unknown)
    {
        var errors = new ScenarioErrors();
        foreach (var entry in unknown) errors.Add(entry.At, Unknown(entry));
        errors.ThrowIfAny();
    }

    private string Unknown(ScenarioEntry entry)
    {
        var what = entry.Value.Content is ScenarioTable { Origin: not TableOrigin.Inline } or List<ScenarioTable> ? "table" : "key";
        var meant = Spelling.Nearest(entry.Key, known.Keys) is { } near ? $"; did you mean \"{near}\"?" : ".";
        var choice = known.Count == 0 ? $" Nothing can be set in {Title}."
            : $" Known {(path.Length == 0 ? "tables" : "keys")}: {string.Join(", ", known.Keys)}";
        return $"unknown {what} \"{entry.Key}\" in {Title}{meant}{choice}";
    }

    private ScenarioTable TableOf(string key, ScenarioEntry entry) => entry.Value.Content switch
    {
        ScenarioTable table => table,
        List<ScenarioTable> => throw Error(entry.At, $"there is only one [{PathOf(key)}]; write it in single brackets"),
        _ => throw WrongValue(key, entry.Value, $"a table, under [{PathOf(key)}]"),
    };

    private Duration DurationOf(string key, ScenarioValue value) => new(QuantityOf(key, value, Quantity.Duration));

    private double NumberOf(string key, ScenarioValue value) => value.Content switch
    {
        long whole => whole,
        double number when double.IsFinite(number) => number,
        _ => throw WrongValue(key, value, "a number"),
    };

    private long QuantityOf(string key, ScenarioValue value, Quantity quantity)
    {
        if (value.Content is not string text) throw WrongValue(key, value, quantity.Expected);
        return quantity.TryParse(text, out var amount, out var problem) ? amount
            : throw Error(value.At, $"\"{key}\" in {Title} is {value}, but {problem}; expected {quantity.Expected}");
    }

    private ScenarioException WrongValue(string key, ScenarioValue value, string expected) =>
        Error(value.At, $"\"{key}\" in {Title} is {value}; expected {expected}");

    private ScenarioException OutOfRange<T>(string key, ScenarioEntry entry, T value, T? min, T? max) where T : struct
    {
        var expected = (min, max) switch
        {
            ({ } low, { } high) => string.Create(CultureInfo.InvariantCulture, $"{low} to {high}"),
            ({ } low, null) => string.Create(CultureInfo.InvariantCulture, $"at least {low}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"at most {max}"),
        };
        var message = string.Create(CultureInfo.InvariantCulture, $"\"{key}\" in {Title} is {value}; expected {expected}");
        return Error(entry.Value.At, message);
    }
}
