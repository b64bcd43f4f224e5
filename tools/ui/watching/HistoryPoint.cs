namespace Pcie.Ui.Watching;

/// <summary>What happened between two snapshots.</summary>
/// <param name="Seconds">Simulated time at its end.</param>
/// <param name="Longest">The longest wait that ended in it, in ns; null if none did.</param>
/// <param name="Median">The same, of half of them.</param>
/// <param name="Interrupts">In a simulated second.</param>
/// <param name="Dpcs">In a simulated second.</param>
/// <param name="Chunks">In a simulated second.</param>
/// <param name="Lost">Chunks.</param>
public readonly record struct HistoryPoint(
    double Seconds, double? Longest, double? Median, double? Interrupts, double? Dpcs, double? Chunks, double Lost)
{
    /// <summary>Two that follow each other, as one.</summary>
    public static HistoryPoint Join(in HistoryPoint a, in HistoryPoint b) => new(b.Seconds, Larger(a.Longest, b.Longest), Larger(a.Median, b.Median),
        Mean(a.Interrupts, b.Interrupts), Mean(a.Dpcs, b.Dpcs), Mean(a.Chunks, b.Chunks), a.Lost + b.Lost);

    private static double? Larger(double? a, double? b) => a is null || b > a ? b : a;

    private static double? Mean(double? a, double? b) => a is null || b is null ? a ?? b : (a + b) / 2;
}
