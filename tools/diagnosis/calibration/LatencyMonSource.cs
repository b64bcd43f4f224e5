namespace Pcie.Diagnosis.Calibration;

/// <summary>ISRs or DPCs of one range of durations, which come independently of each other.</summary>
/// <param name="Count">In the time of the report.</param>
/// <param name="First">Of <paramref name="IsShort"/> ones the mean, of the others the least (ns).</param>
/// <param name="Most">The longest (ns).</param>
/// <param name="Processors">Where; all in turn if empty.</param>
/// <param name="IsShort">Of them only the mean is known; the others are even between the least and the longest.</param>
public sealed record LatencyMonSource(string Name, bool IsIsr, long Count, double First, double Most, IReadOnlyList<int> Processors, bool IsShort)
{
    /// <summary>In nanoseconds.</summary>
    public double Mean => IsShort ? First : (First + Most) / 2;

    public string Remark { get; init; } = "";

    /// <summary>As a scenario's distribution.</summary>
    public string Distribution
    {
        get
        {
            // What would be cut off of an exponential distribution is nothing, if the mean is far below the longest.
            if (IsShort && First < Most / 8) return $"{{ exponential = \"{Text(First)}\", maximum = \"{Text(Most)}\" }}";
            var (low, high) = IsShort ? (Math.Max(1, 2 * First - Most), Math.Min(Most, 2 * First)) : (First, Most);
            return low >= high ? $"\"{Text(high)}\"" : $"{{ uniform = [\"{Text(low)}\", \"{Text(high)}\"] }}";
        }
    }

    private static string Text(double nanoseconds) => DurationText.Of(Math.Max(1, (long)Math.Round(nanoseconds)));
}
