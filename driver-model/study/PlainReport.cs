using System.Text.Json.Serialization;
using Pcie.DriverModel.Report;

namespace Pcie.DriverModel.Study;

/// <summary>What a driver that has counters and no more adds to the report of a run.</summary>
public sealed record PlainReport : RunReport
{
    /// <summary>The driver's counters by name, in its order.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyDictionary<string, long> Driver { get; init; } = new Dictionary<string, long>();

    [Figure("What was to be delivered and was not, or not whole.")]
    [JsonPropertyOrder(1)]
    public long Lost { get; init; }

    /// <summary>What does not hold of the driver's own account; null if it comes out.</summary>
    [JsonPropertyOrder(2)]
    public string? Imbalance { get; init; }

    public override long CountLost() => Lost;

    public override string DescribeImbalance() => Imbalance ?? "";

    public override DriverSummary Summarize(bool losses) => new(
        Driver.Count == 0 ? "no counter of the driver" : Text(Driver.First()),
        Driver.Count == 0 ? [] : [new SummaryLine("driver", string.Join(", ", Driver.Select(Text)) + (Accounted ? "" : "   NOT ACCOUNTED FOR"))],
        [], []);

    private static string Text(KeyValuePair<string, long> counter) => $"{counter.Value:#,0} {counter.Key}";
}
