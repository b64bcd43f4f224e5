using System.Text;
using Pcie.Diagnosis.Import.Lines;

namespace Pcie.Diagnosis.Import.Etw;

/// <summary>What the lines between BeginHeader and EndHeader say: which columns each kind of row has, by name.</summary>
internal sealed class XperfHeader
{
    private const int MaxColumns = 256, MaxRowKinds = 20_000;

    private readonly NameTable<XperfRow> rows = new(name => new XperfRow(name));
    private readonly XperfRow unknown = new("");
    private int kinds;

    /// <summary>The kind of row of that name; an undefined one if the head does not name it.</summary>
    public XperfRow this[ReadOnlySpan<byte> name] => rows.TryFind(name, out var row) ? row : unknown;

    public static bool IsBegin(ReadOnlySpan<byte> line) => line.TrimStart((byte)' ').StartsWith("BeginHeader"u8);

    public static bool IsEnd(ReadOnlySpan<byte> line) => line.TrimStart((byte)' ').StartsWith("EndHeader"u8);

    public void Add(ReadOnlySpan<byte> line)
    {
        Span<Range> cells = stackalloc Range[MaxColumns];
        var count = Math.Min(XperfCells.Split(line, cells), MaxColumns);
        if (count < 2 || cells[0].Start.Value == cells[0].End.Value || line[cells[0]].Length > NameTable<XperfRow>.LongestName
            || ++kinds > MaxRowKinds) return;
        var columns = new string[count];
        for (var i = 0; i < count; i++) columns[i] = Encoding.UTF8.GetString(line[cells[i]]);
        rows[line[cells[0]]].Define(columns);
    }
}
