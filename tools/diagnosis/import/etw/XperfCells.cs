namespace Pcie.Diagnosis.Import.Etw;

/// <summary>Splits a row of a table at its commas, except those inside double quotes; the blanks around a cell go.</summary>
internal static class XperfCells
{
    /// <returns>How many cells there are, of which as many as fit are in <paramref name="cells"/>.</returns>
    /// <param name="separator">A table that was copied has tabulators, one of a country with decimal commas may have semicolons.</param>
    public static int Split(ReadOnlySpan<byte> row, Span<Range> cells, byte separator = (byte)',')
    {
        var count = 0;
        var begin = 0;
        while (true)
        {
            var end = EndOf(row, begin, separator);
            if (count < cells.Length) cells[count] = Trimmed(row, begin, end);
            count++;
            if (end == row.Length) return count;
            begin = end + 1;
        }
    }

    private static int EndOf(ReadOnlySpan<byte> row, int begin, byte separator)
    {
        var at = begin;
        while (true)
        {
            var next = row[at..].IndexOfAny(separator, (byte)'"');
            if (next < 0) return row.Length;
            at += next;
            if (row[at] == separator) return at;
            // A quote that nobody closes ends nothing.
            var close = row[(at + 1)..].IndexOf((byte)'"');
            at += close < 0 ? 1 : close + 2;
        }
    }

    private static Range Trimmed(ReadOnlySpan<byte> row, int begin, int end)
    {
        while (begin < end && row[begin] == ' ') begin++;
        while (end > begin && row[end - 1] == ' ') end--;
        return begin..end;
    }
}
