using Pcie.DriverModel.Interference;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Emu.Rare;

/// <summary>A source of interference that comes seldom, at random.</summary>
/// <param name="Interval">Mean time from one occurrence to the next.</param>
/// <param name="Lasts">How long an occurrence's main part takes.</param>
/// <param name="IsParted">Whether the long occurrences are told from the short ones.</param>
internal sealed record RareSource(string Name, Duration Interval, Distribution Lasts, bool IsParted)
{
    // Of what falls off fast the longest are what costs a chunk, and they are few: as many as of the others are made to occur.
    private static readonly double[] Edges = [1, 0.1, 0.01, 1e-4, 0];

    public double PerDay => 86_400e9 / Interval.Nanoseconds;

    /// <summary>Occurrences by how long they last, the shortest first: the probabilities of being exceeded between which they lie.</summary>
    public IReadOnlyList<(double From, double To)> Parts => IsParted ? [.. Edges.Zip(Edges.Skip(1))] : [(1, 0)];

    public static RareSource Of(RecurringInterference source)
    {
        var lasts = InterferenceWork.MainPartOf(source);
        // One draw decides how long an occurrence lasts only if it is one. Those that follow another source are not made to occur, and last as ever.
        return new RareSource(source.Name, source.Interval!.MemorylessMean!.Value, lasts,
            lasts.Constant is null && source is { Burst: 1, Follows: null });
    }

    /// <summary>What a stratum of it is called.</summary>
    public string NameOf((double From, double To) part) => !IsParted ? Name
        : part.From >= 1 ? $"{Name}, below {About(part.To)}"
        : part.To <= 0 ? $"{Name}, {About(part.From)} or more"
        : $"{Name}, {About(part.From)} to {About(part.To)}";

    // To three digits.
    private string About(double exceeded)
    {
        var exact = Lasts.Exceeded(exceeded).Nanoseconds;
        var unit = 1L;
        while (exact / unit >= 1_000) unit *= 10;
        return $"{new Duration((exact + unit / 2) / unit * unit)}";
    }
}
