using System.Text;

namespace Pcie.Scenario;

/// <summary>
/// A scenario: one TOML file that says everything about a run, alone or with files that it includes. Each room reads its own table of it and refuses
/// the keys it does not know; nothing in it is ignored.
/// </summary>
/// <remarks>
/// With <c>include = "machine.toml"</c> (or a list) at its top a file begins as that one: its own keys are laid over the included ones, and of tables
/// in double brackets both files' are there, the included first.
/// </remarks>
public sealed class ScenarioFile
{
    /// <summary>Cards that a host can have.</summary>
    public const int MostCards = 16;

    private const int MaxBytes = 4 << 20, DeepestInclude = 8;
    private const string Include = "include", CardTable = "card", DriverTable = "driver";

    private readonly string text;
    private readonly ScenarioText source;
    private readonly ScenarioTable root;

    private readonly IReadOnlyList<ScenarioChange> changes;

    private ScenarioFile(string text, ScenarioText source, IReadOnlyList<ScenarioChange> changes)
    {
        (this.text, this.source, this.changes) = (text, source, changes);
        root = Whole(text, source, []);
        foreach (var change in changes)
            root.Overlay(ScenarioParser.Parse(change.ToString(), source with { Name = $"{Name} with {change}", HasLines = false }));
    }

    private ScenarioFile(ScenarioFile whole, ScenarioTable root, int cardNumber, string? cardName)
    {
        (text, source, changes, this.root) = (whole.text, whole.source, whole.changes, root);
        (CardNumber, CardName) = (cardNumber, cardName);
    }

    /// <summary>The file's name without its folders, as errors begin with.</summary>
    public string Name => source.Name;

    /// <summary>What it says, as it stands in the file; changes to it as remarks behind that.</summary>
    public string Text => changes.Count == 0 ? text : $"{text.TrimEnd()}\n\n{string.Concat(changes.Select(change => $"# with {change}\n"))}";

    /// <summary>Which of its cards it is about, from 1: see <see cref="OfCard"/>.</summary>
    public int CardNumber { get; } = 1;

    /// <summary>What the names of that card's random streams begin with: <c>card</c>, <c>card2</c>, …</summary>
    public string CardStreams => CardNumber == 1 ? CardTable : $"{CardTable}{CardNumber}";

    /// <summary>How many cards it has: as many as tables <c>[[card]]</c>, or one.</summary>
    /// <exception cref="ScenarioException">There are too many, or not as many drivers.</exception>
    public int CardCount
    {
        get
        {
            var elements = root.Elements(CardTable);
            var cards = elements?.Count ?? 1;
            if (cards > MostCards)
                throw elements![MostCards].Error($"{cards} tables [[{CardTable}]]; a host has {MostCards} cards at the most");
            if (root.Elements(DriverTable) is { } drivers && drivers.Count != cards)
                throw drivers[0].Error($"{drivers.Count} tables [[{DriverTable}]] for {cards} [[{CardTable}]]; expected one for each card, in their "
                    + $"order, or one [{DriverTable}] for all");
            return cards;
        }
    }

    /// <summary>What the <c>[[card]]</c> of <see cref="OfCard"/> says that it is called; null if there is one card, or it does not say.</summary>
    public string? CardName { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="ScenarioException">It cannot be read, is not UTF-8 or not TOML.</exception>
    public static ScenarioFile Load(string path) => new(TextOf(path), Place(path), []);

    private static ScenarioText Place(string path) => new(Path.GetFileName(path), Path.GetDirectoryName(Path.GetFullPath(path))!);

    private static ScenarioTable Whole(string text, ScenarioText source, IReadOnlyList<string> within)
    {
        var own = ScenarioParser.Parse(text, source);
        var included = own.TakeTexts(Include).Select(one => Included(Path.GetFullPath(Path.Combine(source.Folder, one.Text)), one.At,
            within)).ToList();
        if (included.Count == 0) return own;
        included.Add(own);
        foreach (var over in included.Skip(1)) included[0].Overlay(over);
        return included[0];
    }

    private static ScenarioTable Included(string path, ScenarioPosition at, IReadOnlyList<string> within)
    {
        if (within.Contains(path)) throw new ScenarioException($"{at}: {path} includes itself; leave one of the includes out");
        if (within.Count == DeepestInclude) throw new ScenarioException($"{at}: includes go {DeepestInclude} files deep at most");
        try
        {
            return Whole(TextOf(path), Place(path), [.. within, path]);
        }
        catch (ScenarioException e) when (!File.Exists(path))
        {
            throw new ScenarioException($"{at}: {Include}: {e.Message}");
        }
    }

    private static string TextOf(string path)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(ReadAll(path));
        }
        catch (DecoderFallbackException e)
        {
            throw new ScenarioException(
                $"{path}: byte {e.Index} is not UTF-8, in which a scenario is written; save the file as UTF-8");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new ScenarioException($"{path}: cannot be read: {e.Message}");
        }
    }

    // A device or a pipe has no end; a scenario has one soon.
    private static byte[] ReadAll(string path)
    {
        using var stream = File.OpenRead(path);
        var bytes = new byte[stream.CanSeek && stream.Length < MaxBytes ? (int)stream.Length + 1 : MaxBytes + 1];
        var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > MaxBytes)
            throw new ScenarioException(
                $"{path}: is longer than {MaxBytes >> 20} MiB; a scenario is a text of a few kB, perhaps this is another file");
        return bytes[..length];
    }

    /// <summary>Reads a text.</summary>
    /// <param name="fileName">What errors call it.</param>
    /// <param name="folder">Where a relative path in it starts from.</param>
    /// <exception cref="ScenarioException">It is not TOML, or a key or a table comes twice.</exception>
    public static ScenarioFile Parse(string text, string fileName, string folder = "") => new(text, new ScenarioText(fileName, folder), []);

    /// <summary>The same scenario, unread, with some keys changed or added. Readers judge the values as they judge the file's.</summary>
    /// <exception cref="ScenarioException">A change is not TOML, or names a table as a key.</exception>
    public ScenarioFile With(IEnumerable<ScenarioChange> changes)
    {
        var changed = new ScenarioFile(text, source, [.. this.changes, .. changes]);
        return CardNumber == 1 ? changed : changed.OfCard(CardNumber);
    }

    /// <summary>
    /// The scenario as one of its cards and that card's driver see it, as if there were no other: <c>[card]</c> is the table <c>[[card]]</c> of that
    /// number, and <c>[driver]</c> that <c>[[driver]]</c>. A scenario of one card can be that of several which are all alike.
    /// </summary>
    /// <param name="number">From 1.</param>
    /// <exception cref="ScenarioException">There is no such card.</exception>
    public ScenarioFile OfCard(int number)
    {
        var cards = CardCount;
        if (number < 1 || number > (cards == 1 ? MostCards : cards))
            throw new ScenarioException($"{Name}: there is no card {number}; it has {cards}");
        var name = cards == 1 ? null : NameOf(root.Elements(CardTable)![number - 1]);
        return new ScenarioFile(this, root.WithElement(CardTable, number).WithElement(DriverTable, number), number, name);
    }

    private static string? NameOf(ScenarioTable card) => !card.Has("name") ? null
        : card.Text("name") is { Length: > 0 } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') ? name
        : throw card.Refusal("name", "it tells one card from others; expected letters, digits, - and _");

    /// <summary>
    /// One text that says the same: with what the file includes, and with the changes, without remarks. Scenarios that differ in no key have one
    /// text.
    /// </summary>
    /// <param name="named">
    /// What to write instead of the path of a file that the scenario names, given where it is. Which texts are paths its readers know, so that they
    /// must have read it.
    /// </param>
    public string ToWholeText(Func<string, string> named) => ScenarioWriter.Write(root, named);

    /// <summary>The table <c>[name]</c>; an empty one if the file has none.</summary>
    public ScenarioTable Table(string name) => root.Table(name);

    /// <summary>The table that a type's keys are in, by its first <see cref="TableAttribute"/>.</summary>
    public ScenarioTable TableOf<T>() => TableDeclaration.Of(typeof(T)).Tables[0].Path.Split('.').Aggregate(root, (table, name) => table.Table(name));

    /// <summary>Refuses every table and key at the top of the file but these.</summary>
    /// <exception cref="ScenarioException">There are others; it names them all.</exception>
    public void RefuseUnknownTables(params ReadOnlySpan<string> known)
    {
        foreach (var name in known) root.Has(name);
        root.Has(Include);
        root.RefuseOtherThan(known);
    }
}
