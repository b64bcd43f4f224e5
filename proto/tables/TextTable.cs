using System.Text;

namespace Pcie.Tables;

/// <summary>A table in plain text: cells stand at the left or at the right of columns of a least width. No row ends in blanks.</summary>
/// <param name="indent">What each row begins with.</param>
public sealed class TextTable(string indent = "")
{
    private readonly List<(string Heading, int Width, bool IsRight, int Gap)> columns = [];
    private readonly StringBuilder text = new();

    /// <summary>A table of what is said of something: a label of up to 11 characters, and the words.</summary>
    public static TextTable OfLabels() => new TextTable().Left("", 11).Left();

    /// <summary>One more column, whose cells stand at the left.</summary>
    /// <param name="gap">Blanks before it, unless it is the first.</param>
    public TextTable Left(string heading = "", int width = 0, int gap = 1) => Add(heading, width, isRight: false, gap);

    /// <summary>One more column, whose cells stand at the right.</summary>
    /// <inheritdoc cref="Left"/>
    public TextTable Right(string heading = "", int width = 0, int gap = 1) => Add(heading, width, isRight: true, gap);

    /// <summary>A row of the columns' headings.</summary>
    public TextTable AddHeadings() => AddRow([.. columns.Select(column => column.Heading)]);

    /// <summary>A row of as many cells as there are columns, or fewer.</summary>
    public TextTable AddRow(params ReadOnlySpan<string> cells)
    {
        var row = new StringBuilder(indent);
        for (var i = 0; i < cells.Length; i++)
        {
            var (_, width, isRight, gap) = columns[i];
            row.Append(' ', i == 0 ? 0 : gap).Append(isRight ? cells[i].PadLeft(width) : cells[i].PadRight(width));
        }
        text.Append(row.ToString().TrimEnd()).Append('\n');
        return this;
    }

    /// <summary>All rows, each with a line feed.</summary>
    public override string ToString() => text.ToString();

    private TextTable Add(string heading, int width, bool isRight, int gap)
    {
        columns.Add((heading, width, isRight, gap));
        return this;
    }
}
