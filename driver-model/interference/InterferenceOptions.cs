using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Options;
using Pcie.Scenario;

namespace Pcie.DriverModel.Interference;

/// <summary>What a scenario says about one source of interference: a closed union of what such a source can do.</summary>
[Kinds(typeof(InterruptInterference), typeof(DpcInterference), typeof(TimerInterference), typeof(ThreadInterference), typeof(RaisedInterference),
    typeof(StopInterference), typeof(PlaybackInterference))]
public abstract record InterferenceOptions
{
    // Leaves vectors for the device.
    private const int MaxSources = 100;

    [Key("name", "A driver's or program's name. It picks the source's random streams, so no two are the same.")]
    public required string Name { get; init; }

    /// <summary>How many interrupt vectors it takes.</summary>
    internal virtual int Vectors => 0;

    /// <exception cref="ScenarioException">The keys, which the table has given, do not go together.</exception>
    internal virtual void Check(ScenarioTable table)
    {
    }

    /// <exception cref="ScenarioException">A source is impossible, or one too many.</exception>
    public static IReadOnlyList<InterferenceOptions> ReadAll(IEnumerable<ScenarioTable> tables, KernelOptions kernel)
    {
        var processors = kernel.Processors;
        var sources = new List<InterferenceOptions>();
        var atIrql = new int[Irql.Levels];
        foreach (var table in tables)
        {
            var source = table.ReadKind<InterferenceOptions>(_ => table.Refusal("isr",
                "a source has an isr, a dpc or both; or a timer, a thread, a raised or a stop, and nothing else"), below: processors);
            if (source is PlaybackInterference playback) source = playback with { File = playback.Load(table, processors) };
            if (source is InterruptInterference { Irql: { } irql } interrupt) source = interrupt with { Vector = NextVector(table, irql, atIrql) };
            source.Check(table);
            table.Only("softirq", kernel.Kernel == KernelKind.Linux, "Windows has no softirqs; leave it out, or set kernel = \"linux\" in [host]");
            if (sources.Exists(s => s.Name == source.Name))
                throw table.Refusal("name",
                    $"there is a source named \"{source.Name}\" already; a name picks the random streams, so each needs its own");
            if (source is RecurringInterference { Follows: { } leader } && !sources.Exists(s => s.Name == leader))
                throw table.Refusal("follows", $"there is no source named \"{leader}\" above; a source can follow one that stands before it");
            if (source is RecurringInterference { Follows: { } played } && sources.Exists(s => s is PlaybackInterference && s.Name == played))
                throw table.Refusal("follows", $"\"{played}\" is a recording, of many sources; a source can follow one that this scenario describes");
            if (source is RecurringInterference { BeforeEnd: not null, Follows: var other }
                && !sources.Exists(s => s is InterruptInterference { Processors.Count: 1 } && s.Name == other))
                throw table.Refusal("before-end", "what it follows has no isr, or is on several processors");
            if (sources.Count == MaxSources)
                throw table.Refusal("name", $"a machine has at most {MaxSources} sources of interference");
            sources.Add(source);
            if (sources.Sum(s => s.Vectors) is > MaxSources and var vectors)
                throw table.Refusal("name", $"with this one there are {vectors} sources of interrupts; a machine has at most {MaxSources}");
        }
        return sources;
    }

    /// <summary>Sets sources going on a machine that has not begun.</summary>
    public static void StartAll(IReadOnlyList<InterferenceOptions> sources, ModelledKernel kernel, ulong seed)
    {
        // Those with a vector of their own come before those that take what is left.
        var recurring = sources.OfType<RecurringInterference>().OrderBy(source => source is not InterruptInterference { Vector: not null })
            .ToDictionary(source => source.Name, source => new InterferenceSource(source, kernel, seed));
        foreach (var follower in sources.OfType<RecurringInterference>().Where(source => source.Follows is not null))
            recurring[follower.Follows!].AddFollower(recurring[follower.Name]);
        foreach (var playback in sources.OfType<PlaybackInterference>()) _ = new PlaybackSource(playback.File, playback.Loop, kernel);
    }

    // The next vector of the level's priority class.
    private static byte NextVector(ScenarioTable table, int irql, int[] atIrql) =>
        atIrql[irql] < 16 ? (byte)(irql << 4 | atIrql[irql]++)
            : throw table.Refusal("irql", $"16 sources have IRQL {irql} already, one for each vector of its priority class; choose another");
}
