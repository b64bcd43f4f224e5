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
    private readonly string fileName;
    private readonly string path;
    private readonly ScenarioPosition at;
    private readonly Dictionary<string, ScenarioEntry> entries = [];
    private readonly List<string> known = [];

    internal ScenarioTable(string fileName, string path, ScenarioPosition at, TableOrigin origin)
    {
        this.fileName = fileName;
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

    /// <summary>Whether the key is there. Makes it a known key, but not a read one.</summary>
    public bool Has(string key)
    {
        if (!known.Contains(key)) known.Add(key);
        return entries.ContainsKey(key);
    }

    /// <summary>A duration: a number and a unit (<c>"50ms"</c>), which comes out to whole nanoseconds.</summary>
    public Duration Duration(string key, Duration? orElse = null, Duration? min = null, Duration? max = null)
    {
        if (Read(key, orElse is null) is not { } entry) return orElse!.Value;
        var value = DurationOf(key, entry.Value);
        return value >= (min ?? Time.Duration.Zero) && value <= (max ?? Time.Duration.Max) ? value
            : throw OutOfRange(key, entry, value, min, max);
    }

    /// <summary>A list of durations, empty if the key is not there.</summary>
    public IReadOnlyList<Duration> Durations(string key)
    {
        if (Read(key, required: false) is not { } entry) return [];
        return entry.Value.Content is List<ScenarioValue> values ? values.ConvertAll(value => DurationOf(key, value))
            : throw WrongValue(key, entry.Value, "a list of durations, such as [\"1ms\", \"2ms\"]");
    }

    /// <summary>A whole number.</summary>
    [SuppressMessage("Naming", "CA1720", Justification = "TOML's name for it.")]
    public long Integer(string key, long? orElse = null, long min = long.MinValue, long max = long.MaxValue)
    {
        if (Read(key, orElse is null) is not { } entry) return orElse!.Value;
        if (entry.Value.Content is not long value) throw WrongValue(key, entry.Value, "a whole number");
        return value >= min && value <= max ? value
            : throw OutOfRange<long>(key, entry, value, min == long.MinValue ? null : min, max == long.MaxValue ? null : max);
    }

    /// <summary>A list of whole numbers; empty if left out.</summary>
    public IReadOnlyList<long> Integers(string key, long min, long max)
    {
        if (Read(key, required: false) is not { } entry) return [];
        if (entry.Value.Content is not List<ScenarioValue> values) throw WrongValue(key, entry.Value, "a list of whole numbers, such as [0, 1]");
        return values.ConvertAll(value => value.Content is long number && number >= min && number <= max ? number
            : throw WrongValue(key, value, $"whole numbers from {min} to {max}"));
    }

    /// <summary>A number, with or without a fraction; never infinite.</summary>
    public double Number(string key, double? orElse = null, double min = double.MinValue, double max = double.MaxValue)
    {
        if (Read(key, orElse is null) is not { } entry) return orElse!.Value;
        var value = NumberOf(key, entry.Value);
        return value >= min && value <= max ? value
            : throw OutOfRange<double>(key, entry, value, min == double.MinValue ? null : min, max == double.MaxValue ? null : max);
    }

    /// <summary>A text.</summary>
    public string Text(string key, string? orElse = null)
    {
        if (Read(key, orElse is null) is not { } entry) return orElse!;
        return entry.Value.Content as string ?? throw WrongValue(key, entry.Value, "a text in quotation marks");
    }

    /// <summary>True or false.</summary>
    public bool Flag(string key, bool? orElse = null)
    {
        if (Read(key, orElse is null) is not { } entry) return orElse!.Value;
        return entry.Value.Content as bool? ?? throw WrongValue(key, entry.Value, "true or false");
    }

    /// <summary>One of the names of an enum, in kebab-case: <c>WallClock</c> is written <c>"wall-clock"</c>.</summary>
    public TEnum Choice<TEnum>(string key, TEnum? orElse = null) where TEnum : struct, Enum
    {
        if (Read(key, orElse is null) is not { } entry) return orElse!.Value;
        var names = Array.ConvertAll(Enum.GetNames<TEnum>(), JsonNamingPolicy.KebabCaseLower.ConvertName);
        var chosen = entry.Value.Content is string text ? Array.IndexOf(names, text) : -1;
        return chosen >= 0 ? Enum.GetValues<TEnum>()[chosen]
            : throw WrongValue(key, entry.Value, $"one of {string.Join(", ", names.Select(name => $"\"{name}\""))}");
    }

    /// <summary>A number of bytes: a whole number, or a text with a unit (<c>"64 KiB"</c>, <c>"1 MB"</c>).</summary>
    public long Bytes(string key, long? orElse = null, long min = 0, long max = long.MaxValue)
    {
        if (Read(key, orElse is null) is not { } entry) return orElse!.Value;
        var value = entry.Value.Content is long bytes ? bytes : QuantityOf(key, entry.Value, Quantity.Bytes);
        return value >= min && value <= max ? value
            : throw OutOfRange<long>(key, entry, value, min, max == long.MaxValue ? null : max);
    }

    /// <summary>Bytes per second, from a text with a unit (<c>"200 MB/s"</c>).</summary>
    public long Rate(string key, long? orElse = null, long min = 0, long max = long.MaxValue)
    {
        if (Read(key, orElse is null) is not { } entry) return orElse!.Value;
        var value = QuantityOf(key, entry.Value, Quantity.Rate);
        return value >= min && value <= max ? value
            : throw OutOfRange<long>(key, entry, value, min, max == long.MaxValue ? null : max);
    }

    /// <summary>
    /// A duration that varies: a plain duration, or a table with one of <c>exponential</c>, <c>lognormal</c> with <c>sigma</c>,
    /// <c>pareto</c> with <c>alpha</c>, all of which may have a <c>maximum</c>, or <c>uniform</c> with its two ends.
    /// </summary>
    public Distribution Distribution(string key, Distribution? orElse = null)
    {
        if (Read(key, orElse is null) is not { } entry) return orElse!;
        return entry.Value.Content switch
        {
            ScenarioTable table => DistributionTable.Read(table),
            string => Randomness.Distribution.Fixed(DurationOf(key, entry.Value)),
            _ => throw WrongValue(key, entry.Value, $"{Quantity.Duration.Expected}, or a table such as {{ exponential = \"1ms\" }}"),
        };
    }

    /// <summary>The table of this name within this one, an empty one if it is not there.</summary>
    public ScenarioTable Table(string key) => Read(key, required: false) is { } entry ? TableOf(key, entry)
        : new ScenarioTable(fileName, PathOf(key), at, TableOrigin.Inline);

    /// <summary>The table of this name within this one.</summary>
    public ScenarioTable RequiredTable(string key) => TableOf(key, Read(key, required: true)!);

    /// <summary>The tables under <c>[[…]]</c> headers of this name, or in a list, in their order; none if the key is not there.</summary>
    public IReadOnlyList<ScenarioTable> Tables(string key) => Read(key, required: false)?.Value switch
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
            else if (mine is ScenarioTable or List<ScenarioTable>) throw Error(entry.At, $"{PathOf(key)} is a table, no key that could be changed");
            else entries[key] = entry;
        }
    }

    internal void Add(ScenarioEntry entry) => entries.Add(entry.Key, entry);

    internal ScenarioEntry? Find(string key) => entries.GetValueOrDefault(key);

    internal string PathOf(string key) => path.Length == 0 ? key : $"{path}.{key}";

    internal ScenarioException Error(string message) => Error(at, message);

    private ScenarioException Error(ScenarioPosition place, string message) =>
        new($"{fileName}:{place.Line}:{place.Column}: {message}");

    private ScenarioEntry? Read(string key, bool required)
    {
        if (Has(key))
        {
            entries[key].IsRead = true;
            return entries[key];
        }
        if (!required) return null;
        // The likeliest reason for a key to be missing is that it is misspelt.
        var unread = entries.Values.Where(entry => !entry.IsRead).Select(entry => entry.Key);
        throw Spelling.Nearest(key, unread) is { } meant
            ? Error(entries[meant].At, $"unknown key \"{meant}\" in {Title}; did you mean \"{key}\", which is required?")
            : Error(at, $"{Title} has no \"{key}\", which is required");
    }

    private void Refuse(IEnumerable<ScenarioEntry> unknown)
    {
        var errors = unknown.OrderBy(entry => entry.At.Line).ThenBy(entry => entry.At.Column)
            .Select(entry => Error(entry.At, Unknown(entry)).Message).ToList();
        if (errors.Count > 0) throw new ScenarioException(errors);
    }

    private string Unknown(ScenarioEntry entry)
    {
        var what = entry.Value.Content is ScenarioTable { Origin: not TableOrigin.Inline } or List<ScenarioTable> ? "table" : "key";
        var meant = Spelling.Nearest(entry.Key, known) is { } near ? $"; did you mean \"{near}\"?" : ".";
        var choice = known.Count == 0 ? $" Nothing can be set in {Title}."
            : $" Known {(path.Length == 0 ? "tables" : "keys")}: {string.Join(", ", known)}";
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
