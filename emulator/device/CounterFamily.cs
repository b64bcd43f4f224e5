namespace Pcie.Emulator.Device;

/// <summary>Counters of one kind, one for each of several things: listed as their sum, and by name those that are not zero.</summary>
/// <remarks>Counting allocates nothing.</remarks>
/// <param name="name">Of the sum; those of the things begin with it and a dot.</param>
/// <param name="things">How many there are.</param>
/// <param name="nameOf">What a thing is called, by its number.</param>
public sealed class CounterFamily(string name, int things, Func<int, string> nameOf)
{
    private readonly ulong[] counts = new ulong[things];

    /// <summary>Over all things.</summary>
    public ulong Total { get; private set; }

    /// <summary>Of one thing.</summary>
    public ulong this[int thing] => counts[thing];

    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        new(name, Total),
        .. from thing in Enumerable.Range(0, things)
           where counts[thing] > 0
           select new KeyValuePair<string, ulong>($"{name}.{nameOf(thing)}", counts[thing]),
    ];

    public void Count(int thing)
    {
        counts[thing]++;
        Total++;
    }
}
