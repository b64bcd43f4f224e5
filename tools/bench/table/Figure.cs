namespace Pcie.Bench.Table;

/// <summary>Something that is measured once in each round.</summary>
/// <param name="Name">A line of the table.</param>
/// <param name="Unit">Of its value.</param>
/// <param name="Measure">Takes a second or less, where it can.</param>
internal sealed record Figure(string Name, string Unit, Func<Reading> Measure)
{
    /// <summary>Another figure, which shows what the machine can do; null if this is one that does, or has none.</summary>
    public string? Floor { get; init; }

    public Goal? Goal { get; init; }

    /// <summary>In how many rounds it is measured: fewer, if it takes long.</summary>
    public int Rounds { get; init; } = int.MaxValue;
}
