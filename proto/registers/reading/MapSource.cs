using System.Text;

namespace Pcie.Registers.Reading;

/// <summary>The file that a map is read from, for refusals and notes: what was wrong, and in which line.</summary>
/// <param name="name">What the file is called.</param>
/// <param name="text">All of it.</param>
/// <param name="only">The one block that is wanted of it; null for all.</param>
/// <param name="origins">Of each line the file that it is from, and the line there; null if they are this file's own.</param>
internal sealed class MapSource(string name, string text, string? only = null, IReadOnlyList<(string Name, int Line)>? origins = null)
{
    private const int MostNotes = 1000;

    private readonly Dictionary<string, (int Line, int Count)> notes = [];

    public string Name => name;

    public string Text => text;

    public string? Only => only;

    /// <summary>The file's name without its endings, as an identifier.</summary>
    public string Stem => Identifiers.Of(Path.GetFileName(name).Split('.')[0]);

    /// <summary>Each kind of note once, with the first line that it is about.</summary>
    public IReadOnlyList<string> Notes => [.. notes.Select(note => note.Value.Count == 1
        ? $"{PlaceOf(note.Value.Line)}: {note.Key}" : $"{PlaceOf(note.Value.Line)}: {note.Key} ({note.Value.Count} places)")];

    /// <summary>The file says something that the map will not.</summary>
    /// <param name="what">Without what differs from place to place.</param>
    public void Note(int line, string what)
    {
        if (notes.TryGetValue(what, out var known)) notes[what] = (known.Line, known.Count + 1);
        else if (notes.Count < MostNotes) notes[what] = (line, 1);
    }

    /// <summary>The exception for what is wrong at a line.</summary>
    public InvalidDataException Refusal(int line, string what) => new($"{PlaceOf(line)}: {what}");

    /// <summary>The same file with another text.</summary>
    /// <param name="from">Of each line of it where it is from.</param>
    public MapSource With(string other, IReadOnlyList<(string Name, int Line)> from) => new(name, other, only, from);

    private string PlaceOf(int line) =>
        origins is not null && line >= 1 && line <= origins.Count ? $"{origins[line - 1].Name}:{origins[line - 1].Line}" : $"{name}:{line}";

    /// <summary>Text for a person on one line, whatever it was in the file.</summary>
    public static string Sentence(string? text)
    {
        if (text is null) return "";
        var line = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c) && !char.IsControl(c) && c is not ('\uFFFE' or '\uFFFF')) line.Append(c);
            else if (line.Length > 0 && line[^1] != ' ') line.Append(' ');
        }
        return line.ToString().TrimEnd();
    }
}
