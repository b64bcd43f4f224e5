using System.Globalization;
using Pcie.Emu.Forms.Measurements;
using Pcie.Tables;

namespace Pcie.Bench.Table;

/// <summary>Measures figures round by round, so that what else the machine does falls on all of them, and shows how they came out.</summary>
internal static class FigureTable
{
    /// <param name="progress">Told what is being measured.</param>
    public static IReadOnlyList<TableRow> Measure(IReadOnlyList<Figure> figures, int rounds, Action<string> progress)
    {
        var readings = figures.ToDictionary(figure => figure.Name, _ => new List<Reading>());
        for (var round = 0; round < rounds; round++)
            foreach (var figure in figures)
            {
                if (round >= figure.Rounds) continue;
                progress($"round {round + 1} of {rounds}: {figure.Name}");
                readings[figure.Name].Add(figure.Measure());
            }
        return [.. figures.Select(figure => RowOf(figure, readings))];
    }

    public static string ToJson(IReadOnlyList<TableRow> rows) => JsonOutput.TextOf(new MeasuredFigures(rows));

    public static string ToText(IReadOnlyList<TableRow> rows)
    {
        var name = rows.Max(row => row.Name.Length);
        var lines = rows.Select(row => string.Create(CultureInfo.InvariantCulture,
            $"{row.Name.PadRight(name)}  {Short(row.Value),9} {row.Unit,-8} {(row.P99 is { } p99 ? $"p99 {Short(p99)}" : ""),-12} "
            + $"{$"{Short(row.Least)} to {Short(row.Most)}",-18} {(row.Ratio is { } ratio ? $"{ratio:0.00} × {row.Floor}" : "")}"
            + $"{(row.Goal is null ? "" : $"  [{row.Goal}: {(row.Met == true ? "met" : "MISSED")}]")}"));
        return string.Join(Environment.NewLine, lines);
    }

    private static TableRow RowOf(Figure figure, Dictionary<string, List<Reading>> readings)
    {
        var own = readings[figure.Name];
        var value = Median(own.Select(r => r.Value));
        double? tail = own.Any(r => r.Tail is null) ? null : Median(own.Select(r => r.Tail!.Value));
        double? ratio = figure.Floor is { } floor && readings.TryGetValue(floor, out var beneath)
            ? Median(own.Zip(beneath, (mine, floors) => mine.Value / floors.Value))
            : null;
        return new TableRow(figure.Name, value, figure.Unit, tail, own.Min(r => r.Value), own.Max(r => r.Value), figure.Floor, ratio,
            figure.Goal?.Text, figure.Goal?.IsMet(value, ratio, tail));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    private static string Short(double value) => value.ToString(value < 10 ? "0.00" : value < 100 ? "0.0" : "#,0", CultureInfo.InvariantCulture);
}
