using System.Text;

namespace Pcie.Diagnosis.Import;

/// <summary>What the lines between BeginHeader and EndHeader say: which columns each kind of row has, by name.</summary>
internal sealed class XperfHeader
{
    private const int MaxColumns = 256, MaxRowKinds = 100_000;

    private readonly NameTable<XperfRow> rows = new(name => new XperfRow(name));
    private int kinds;

    public XperfRow this[ReadOnlySpan<byte> name] => rows[name];

    public void Add(ReadOnlySpan<byte> line)
    {
        Span<Range> cells = stackalloc Range[MaxColumns];
        var count = Math.Min(XperfCells.Split(line, cells), MaxColumns);
        if (count < 2 || cells[0].Start.Value == cells[0].End.Value || ++kinds > MaxRowKinds) return;
        var columns = new string[count];
        for (var i = 0; i < count; i++) columns[i] = Encoding.UTF8.GetString(line[cells[i]]);
        rows[line[cells[0]]].Define(columns);
    }
}
