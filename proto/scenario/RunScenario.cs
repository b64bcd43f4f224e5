using Pcie.Time;

namespace Pcie.Scenario;

/// <summary>What both programs must agree on before they start.</summary>
[Table("run", "What both programs must agree on before they start.")]
public sealed record RunScenario
{
    [Key("name", "Short name of the run; without one, the file's name without its extension.")]
    public string Name { get; init; } = "";

    [Key("title", "One line that says what the run shows.")]
    public string Title { get; init; } = "";

    [Key("duration", "How much simulated time to run; by the wall clock, from when the devices have started.", Min = "1ns")]
    public Duration Duration { get; init; } = Duration.FromSeconds(1);

    [Key("seed", "Seed of every random stream. The same file and seed give the same trace.", Min = 0)]
    public ulong Seed { get; init; } = 1;

    [Key("pacing", "How simulated time passes: as fast as possible, or by the wall clock.")]
    public Pacing Pacing { get; init; } = Pacing.FreeRunning;

    [Key("time-scale", "Simulated seconds in a second of the wall clock; with pacing = \"wall-clock\" only.", Min = 1e-6, Max = 1e6)]
    public double TimeScale { get; init; } = 1;

    [Key("link-latency", "From one side of the link to the other, each way.", Min = LatencyRange.MinNanoseconds, Max = LatencyRange.MaxNanoseconds)]
    public Duration LinkLatency { get; init; } = LatencyRange.Default;

    // PCI Express Base Specification 2.8: 50 µs to 64 s.
    [Key("completion-timeout", "After which a read without an answer has failed and gives all-ones; by the wall clock 5 s if left out.",
        Min = "50us", Max = "64s")]
    public Duration CompletionTimeout { get; init; } = Duration.FromMilliseconds(50);

    /// <exception cref="ScenarioException">The table says something impossible or unknown.</exception>
    public static RunScenario Read(ScenarioFile file)
    {
        var table = file.TableOf<RunScenario>();
        var run = table.Read<RunScenario>();
        table.Only("time-scale", run.Pacing == Pacing.WallClock, "free-running time has no scale; leave it out, or set pacing = \"wall-clock\"");
        if (run.Name.Length == 0) run = run with { Name = Path.GetFileNameWithoutExtension(file.Name) };
        // By the wall clock a busy machine answers late without being broken; in simulated time there is no such thing.
        return run.Pacing == Pacing.WallClock && !table.Has("completion-timeout") ? run with { CompletionTimeout = Duration.FromSeconds(5) } : run;
    }
}
