using Pcie.Trace;

namespace Pcie.Emulator.Faults;

/// <summary>Which faults wait for something to hit, and what has been hit.</summary>
internal sealed class ArmedFaults(Tracer tracer)
{
    private static readonly int Kinds = Enum.GetValues<FaultKind>().Max(kind => (int)kind) + 1;

    private readonly Fault?[] latest = new Fault?[Kinds];
    private readonly int[] left = new int[Kinds];
    private readonly ulong[] hits = new ulong[Kinds];
    private uint? source;

    /// <summary>How often each kind has hit; without those that have not.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
        from kind in Enum.GetValues<FaultKind>()
        where hits[(int)kind] > 0
        select new KeyValuePair<string, ulong>($"faults.{FaultInjector.NameOf(kind)}", hits[(int)kind]);

    /// <summary>Has a fault hit so many of what comes next. How it hits is said by the fault of its kind that was armed last.</summary>
    public void Arm(Fault fault)
    {
        latest[(int)fault.Kind] = fault;
        left[(int)fault.Kind] += fault.Count;
    }

    /// <summary>Whether a kind of fault hits something.</summary>
    /// <param name="what">Its address, or its tag; for the trace.</param>
    /// <returns>The fault; null if none is armed.</returns>
    public Fault? Take(FaultKind kind, long what)
    {
        if (left[(int)kind] == 0) return null;
        left[(int)kind]--;
        Hit(kind, what);
        return latest[(int)kind];
    }

    /// <summary>Counts and traces that something was hit.</summary>
    public void Hit(FaultKind kind, long what)
    {
        hits[(int)kind]++;
        // A card without faults has no such source in its trace.
        source ??= tracer.AddSource("faults");
        tracer.Record(TraceKind.FaultInjected, source.Value, (int)kind, what);
    }
}
