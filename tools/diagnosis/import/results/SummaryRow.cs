using Pcie.Time;

namespace Pcie.Diagnosis.Import.Results;

/// <summary>What a summary says of one source.</summary>
/// <param name="Kind">What it is, in the text's words: an ISR, a DPC, a function, a part of a delay.</param>
public sealed record SummaryRow(string Kind, string Name)
{
    /// <summary>0 if it is not said.</summary>
    public long Count { get; internal set; }

    /// <summary>Of all of them together; null if it is not said.</summary>
    public Duration? Total { get; internal set; }

    /// <summary>The longest, or the bound of the highest bin that is not empty; null if it is not said.</summary>
    public Duration? Longest { get; internal set; }

    /// <summary>Whether there is no bound: the longest took that or more.</summary>
    public bool IsOpen { get; internal set; }

    /// <summary>One more of them, which took so long.</summary>
    internal void Add(Duration time)
    {
        Count++;
        Total = (Total ?? Duration.Zero) + time;
        if (Longest is not { } longest || longest < time) Longest = time;
    }
}
