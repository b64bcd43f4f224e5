using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Study;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Expectations;

/// <summary>
/// One line of <c>[expect]</c>: a figure of the report, by its dotted path in the JSON object, and what it must be:
/// <c>"chunks.overwritten" = "&gt;= 1"</c>. Times (paths with <c>_ns</c>) may have a unit: <c>"&lt; 5ms"</c>.
/// </summary>
[Table("expect", "What must come out. A key is a figure of the report by its dotted path, in quotation marks; a value is a comparison. "
    + "Times may have a unit.")]
public sealed record Expectation(string Path, string Operator, double Bound, string Text)
{
    // A report has some hundred figures, and as many counters.
    private const int Most = 1_000;

    private const string OfCard = "card.", OfDriver = "driver.", OfOther = "cards.";

    private static readonly string[] Operators = ["==", "!=", "<=", ">=", "<", ">"];

    /// <summary>Figures of which there are any number: how they are called, and what they are.</summary>
    public static IReadOnlyList<(string Title, string Sentence)> Families { get; } =
    [
        ($"{CollapseCounter.Prefix}POINT.NAME",
            "Events that met others, or waited, at a point of their way to the DPC. In the card by cause: cause-bit (the cause was set "
            + "already, and the policy looks at causes; with a message per event nothing ends there, and card.interrupts.repeated counts those "
            + "that found it set), enable (INT_ENABLE); by vector-N: moderation (the vector gathers), rearm-mask (masked until the re-arm), "
            + "vector-active (another cause of it was set); by message-N: pending-bit (of a masked message). In the host by message-N: apic "
            + "(the vector was requested already), dpc (KeInsertQueueDpc returned FALSE)."),
        ($"{OfCard}NAME",
            "A counter of the card, by the name that emu run --json gives it. Where it keeps counters by name (reserved writes by "
            + "register, say), those that are zero are left out there, and can be expected all the same."),
        ($"{OfDriver}NAME",
            "A counter of a driver whose figures are its counters, as that of the edu device, by the name that emu run --json gives it."),
        ($"{OfOther}NAME",
            "A figure of another card than the first, where the host has several: cards.card2.chunks.overwritten is of the second, or of that whose "
            + "name is card2."),
    ];

    /// <summary>Every other figure that a report of a driver that is here can have, and what it is.</summary>
    public static IEnumerable<(string Path, string Sentence)> Figures { get; } =
        [.. FigureAttribute.In(typeof(DaqReport)).Concat(FigureAttribute.In(typeof(PlainReport))).DistinctBy(figure => figure.Path)];

    /// <summary>Reads the whole section; each path must be one that a report has.</summary>
    /// <param name="cards">Those of the host: what their drivers report is what the figures are.</param>
    public static IReadOnlyList<Expectation> ReadAll(ScenarioTable table, IReadOnlyList<HostedCard> cards)
    {
        if (table.Keys is { Count: > Most } keys)
            throw table.Refusal(keys[Most], $"{keys.Count:#,0} expectations; a report can have {Most:#,0} at the most");
        var errors = new ScenarioErrors();
        List<Expectation?> all = [.. table.Keys.Select(path => errors.Of(() => Read(table, path, cards)))];
        errors.ThrowIfAny();
        return [.. all.OfType<Expectation>()];
    }

    /// <summary>Whether only the card could have told the figure, and could not be asked.</summary>
    public bool IsUnknownIn(JsonObject report)
    {
        var (name, path) = Split(Path);
        if ((name is null ? report : report["cards"]?[name]) is not JsonObject one || one["missing"] is not JsonArray missing) return false;
        return missing.Any(what => what!.GetValue<string>() == RunReport.CardCounters)
            && (IsOf(path, CollapseCounter.Prefix) ? CollapseCounter.PointOf(path[CollapseCounter.Prefix.Length..]) < CollapsePoint.Apic
                : ValueIn(one, path) is null);
    }

    /// <summary>What is not as expected, for a person; null if it is.</summary>
    public string? FailureIn(JsonObject report)
    {
        var (name, path) = Split(Path);
        var value = name is null ? ValueIn(report, path) : report["cards"]?[name] is JsonObject other ? ValueIn(other, path) : null;
        if (value is null) return $"{Path}: expected {Text}, but this run has no such figure";
        var holds = Operator switch
        {
            "==" => value == Bound,
            "!=" => value != Bound,
            "<=" => value <= Bound,
            ">=" => value >= Bound,
            "<" => value < Bound,
            _ => value > Bound,
        };
        return holds ? null : string.Create(CultureInfo.InvariantCulture, $"{Path}: expected {Text}, got {Got(value.Value)}");
    }

    // As it was expected: with a unit, and what it is in the JSON object.
    private string Got(double value) => Path.Contains("_ns", StringComparison.Ordinal) && Text.Any(char.IsAsciiLetter)
        ? string.Create(CultureInfo.InvariantCulture, $"{new Duration((long)value)} ({value})") : value.ToString(CultureInfo.InvariantCulture);

    private static double? ValueIn(JsonObject report, string path) =>
        IsOf(path, OfCard) ? OfCardIn(report["card"]!.AsObject(), path[OfCard.Length..])
        : IsOf(path, CollapseCounter.Prefix) ? report["collapse"]?[path[CollapseCounter.Prefix.Length..]]?.GetValue<double>() ?? 0
        : FiguresIn(report).FirstOrDefault(f => f.Path == path).Value;

    private static bool IsOf(string path, string prefix) => path.StartsWith(prefix, StringComparison.Ordinal);

    // Which other card, and what of it.
    private static (string? Card, string Path) Split(string path) =>
        IsOf(path, OfOther) && path.IndexOf('.', OfOther.Length) is > 0 and var dot ? (path[OfOther.Length..dot], path[(dot + 1)..]) : (null, path);

    // Counters that are kept by name are listed with their sum, and only where they are not zero.
    private static double? OfCardIn(JsonObject card, string name) =>
        card[name]?.GetValue<double>() ?? (name.LastIndexOf('.') is > 0 and var dot && card.ContainsKey(name[..dot]) ? 0 : null);

    private static void Check(ScenarioTable table, string path, IReadOnlyList<HostedCard> cards)
    {
        var (name, own) = Split(path);
        var card = name is null ? cards[0] : cards.Skip(1).FirstOrDefault(card => card.Name == name)
            ?? throw table.Refusal(path, $"there is no other card \"{name}\"; "
                + (cards.Count == 1 ? "the scenario has one" : $"expected {string.Join(", ", cards.Skip(1).Select(other => other.Name))}"));
        // Which counters a card has, only the card knows.
        if (IsOf(own, CollapseCounter.Prefix))
        {
            if (CollapseCounter.PointOf(own[CollapseCounter.Prefix.Length..]) is null)
                throw table.Refusal(path, "there is no such point; expected "
                    + string.Join(", ", CollapseCounter.Points.Select(point => $"{CollapseCounter.Prefix}{point}.NAME")));
            return;
        }
        // A driver of somebody's may count what it likes.
        var counts = card.Driver.ReportType == typeof(PlainReport) ? OfDriver : OfCard;
        var known = FigureAttribute.In(card.Driver.ReportType).Select(figure => figure.Path).ToHashSet();
        if (!known.Contains(own) && !IsOf(own, OfCard) && !IsOf(own, counts))
            throw table.Refusal(path,
                $"the report has no such figure; a counter of the card is card.NAME, and otherwise it has {string.Join(", ", known.Order())}");
    }

    private static Expectation Read(ScenarioTable table, string path, IReadOnlyList<HostedCard> cards)
    {
        if (table.HasTable(path))
            throw table.Refusal(path, $"a figure whose name has dots is one key: in quotation marks, as in \"{path}.max\" = \"< 1ms\"");
        var text = table.Text(path).Trim();
        Check(table, path, cards);
        var op = Array.Find(Operators, o => text.StartsWith(o, StringComparison.Ordinal))
            ?? throw table.Refusal(path,
                $"expected a comparison such as \">= 1\"; the operators are {string.Join(' ', Operators)}");
        var operand = text[op.Length..].Trim();
        if (operand is "true" or "false") return new Expectation(path, op, operand == "true" ? 1 : 0, text);
        if (double.TryParse(operand, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number))
            return new Expectation(path, op, number, text);
        if (path.Contains("_ns", StringComparison.Ordinal) && Quantity.Duration.TryParse(operand, out var nanoseconds, out _))
            return new Expectation(path, op, nanoseconds, text);
        throw table.Refusal(path, $"\"{operand}\" is no number{(path.Contains("_ns") ? " or duration" : "")}");
    }

    // Every number and truth value, lists left out.
    private static IEnumerable<(string Path, double? Value)> FiguresIn(JsonObject json, string prefix = "")
    {
        foreach (var (name, node) in json)
        {
            if (node is JsonObject inner)
            {
                foreach (var figure in FiguresIn(inner, $"{prefix}{name}.")) yield return figure;
            }
            else if (node is JsonValue value)
            {
                if (value.TryGetValue(out bool truth)) yield return ($"{prefix}{name}", truth ? 1 : 0);
                else if (value.GetValueKind() == JsonValueKind.Number) yield return ($"{prefix}{name}", value.GetValue<double>());
            }
        }
    }
}
