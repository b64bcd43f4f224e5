using System.Text;

namespace Pcie.Scenario;

/// <summary>
/// A scenario: one TOML file that says everything about a run. Each room reads its own table of it and refuses the keys it does
/// not know; nothing in it is ignored.
/// </summary>
public sealed class ScenarioFile
{
    private const int MaxBytes = 4 << 20;

    private readonly string text;
    private readonly ScenarioTable root;

    private ScenarioFile(string text, string name)
    {
        (Name, this.text) = (name, text);
        root = ScenarioParser.Parse(text, name);
    }

    /// <summary>The file's name without its folders, as errors begin with.</summary>
    public string Name { get; }

    /// <summary>Where it lies: what a relative path in it starts from.</summary>
    public string Folder { get; private init; } = "";

    /// <summary>Reads a file.</summary>
    /// <exception cref="ScenarioException">It cannot be read, is not UTF-8 or not TOML.</exception>
    public static ScenarioFile Load(string path)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(ReadAll(path));
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
        return new ScenarioFile(text, Path.GetFileName(path)) { Folder = Path.GetDirectoryName(Path.GetFullPath(path))! };
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
    /// <param name="folder">As <see cref="Folder"/>.</param>
    /// <exception cref="ScenarioException">It is not TOML, or a key or a table comes twice.</exception>
    public static ScenarioFile Parse(string text, string fileName, string folder = "") => new(text, fileName) { Folder = folder };

    /// <summary>The same scenario, unread, with some keys changed or added. Readers judge the values as they judge the file's.</summary>
    /// <exception cref="ScenarioException">A change is not TOML, or names a table as a key.</exception>
    public ScenarioFile With(IEnumerable<ScenarioChange> changes)
    {
        var changed = new ScenarioFile(text, Name) { Folder = Folder };
        foreach (var change in changes) changed.root.Overlay(ScenarioParser.Parse(change.ToString(), Name));
        return changed;
    }

    /// <summary>The table <c>[name]</c>; an empty one if the file has none.</summary>
    public ScenarioTable Table(string name) => root.Table(name);

    /// <summary>The table that a type's keys are in, by its first <see cref="TableAttribute"/>.</summary>
    public ScenarioTable TableOf<T>() => TableDeclaration.Of(typeof(T)).Tables[0].Path.Split('.').Aggregate(root, (table, name) => table.Table(name));

    /// <summary>Refuses every table and key at the top of the file but these.</summary>
    /// <exception cref="ScenarioException">There are others; it names them all.</exception>
    public void RefuseUnknownTables(params ReadOnlySpan<string> known)
    {
        foreach (var name in known) root.Has(name);
        root.RefuseOtherThan(known);
    }
}
