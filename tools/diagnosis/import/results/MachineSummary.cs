using Pcie.Time;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>What a text says that counts and adds up, and does not say when.</summary>
public sealed class MachineSummary
{
    private const int MaxRows = 100_000;

    private readonly Dictionary<(string Kind, string Name), SummaryRow> rows = [];

    /// <summary>For how long; null if it does not say.</summary>
    public Duration? Span { get; internal set; }

    public IEnumerable<SummaryRow> Rows => rows.Values.OrderByDescending(row => row.Total ?? row.Longest ?? Duration.Zero).ThenBy(row => row.Name,
        StringComparer.Ordinal);

    public bool IsEmpty => rows.Count == 0;

    /// <summary>The row of a name; null if there are too many.</summary>
    internal SummaryRow? At(string kind, string name)
    {
        if (rows.TryGetValue((kind, name), out var row)) return row;
        if (rows.Count == MaxRows) return null;
        return rows[(kind, name)] = new SummaryRow(kind, name);
    }
}
