using Pcie.Time;

namespace Pcie.Scenario;

/// <summary>What <c>[run]</c> says: what both programs must agree on before they start.</summary>
public sealed record RunScenario
{
    /// <summary>Short name; the file's without its extension unless given.</summary>
    public required string Name { get; init; }

    /// <summary>One line for a person; empty if not given.</summary>
    public required string Title { get; init; }

    /// <summary>How much simulated time to run.</summary>
    public required Duration Duration { get; init; }

    /// <summary>Seed of all random streams.</summary>
    public required ulong Seed { get; init; }

    /// <summary>How simulated time passes.</summary>
    public required Pacing Pacing { get; init; }

    /// <summary>Simulated seconds in a second of the wall clock. Wall-clock pacing only.</summary>
    public required double TimeScale { get; init; }

    /// <summary>From one side to the other, each way.</summary>
    public required Duration LinkLatency { get; init; }

    /// <summary>After which a request without an answer has failed (PCI Express Base Specification 2.8: 50 µs to 64 s).</summary>
    public required Duration CompletionTimeout { get; init; }

    /// <summary>Reads <c>[run]</c>, which may be absent.</summary>
    /// <exception cref="ScenarioException">It says something impossible or unknown.</exception>
    public static RunScenario Read(ScenarioFile file)
    {
        var table = file.Table("run");
        var pacing = table.Choice<Pacing>("pacing", Pacing.FreeRunning);
        var run = new RunScenario
        {
            Name = table.Text("name", Path.GetFileNameWithoutExtension(file.Name)),
            Title = table.Text("title", ""),
            Duration = table.Duration("duration", Duration.FromSeconds(1), min: new Duration(1)),
            Seed = (ulong)table.Integer("seed", 1, min: 0),
            Pacing = pacing,
            TimeScale = table.Number("time-scale", 1, min: 1e-6, max: 1e6),
            LinkLatency = table.Duration("link-latency", LatencyRange.Default, min: LatencyRange.Min, max: LatencyRange.Max),
            // By the wall clock a busy machine answers late without being broken; in simulated time there is no such thing.
            CompletionTimeout = table.Duration("completion-timeout", pacing == Pacing.WallClock ? Duration.FromSeconds(5) : Duration.FromMilliseconds(50),
                min: Duration.FromMicroseconds(50), max: Duration.FromSeconds(64)),
        };
        if (run.Pacing != Pacing.WallClock && table.Has("time-scale"))
            throw table.Refusal("time-scale", "free-running time has no scale; leave it out, or set pacing = \"wall-clock\"");
        if (run.Title.AsSpan().ContainsAny('\r', '\n')) throw table.Refusal("title", "expected a single line");
        table.RefuseUnknownKeys();
        return run;
    }
}
