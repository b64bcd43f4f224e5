namespace Pcie.Time;

/// <summary>The latencies that a free-running link may have, one way.</summary>
public static class LatencyRange
{
    /// <summary>Of a link of which nothing else is said.</summary>
    public static readonly Duration Default = new(500);

    /// <summary>At less, no round trip would move time on.</summary>
    public static readonly Duration Min = new(1);

    public static readonly Duration Max = Duration.FromSeconds(1);

    /// <summary>Whether a link may have this latency.</summary>
    public static bool Contains(Duration latency) => latency >= Min && latency <= Max;
}
