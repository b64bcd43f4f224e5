using System.Diagnostics;
using Pcie.Bench.Table;
using Pcie.Control;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Scenario;

namespace Pcie.Bench.Links;

/// <summary>Whole runs: simulated ones, with trace and flight recorder as <c>emu run</c> has them, and streams by the wall clock.</summary>
internal static class ScenarioRuns
{
    private const int Seeds = 8;

    private static string Day => ScenarioCatalog.Find("late-dpc");

    // What a run is compiled to changes with the first of them.
    private static readonly Lazy<RunReport> WarmUp = new(() => Run("20min"));

    /// <summary>A part of the day in this process, both sides (ns an event).</summary>
    /// <param name="changes">Other values for keys of the scenario.</param>
    public static Reading InProcess(string duration, params string[] changes) =>
        Warm(ScenarioFile.Load(Day).With(changes.Select(ScenarioChange.Parse)), duration);

    /// <summary>The same with so many more drivers that interrupt now and then (ns an event).</summary>
    public static Reading WithMoreSources(string duration, int sources) => Warm(ScenarioFile.Parse(
        File.ReadAllText(Day) + string.Concat(Enumerable.Range(0, sources).Select(i => $$"""

            [[host.interference]]
            name = "more{{i}}.sys"
            interval = { exponential = "60ms" }
            isr = "4us"
            dpc = { lognormal = "20us", sigma = 0.5 }
            """)), "more.toml"), duration);

    /// <summary>The same machine, whose card has its first chunk when all is over (ns an event): what the other drivers cost.</summary>
    public static Reading WithoutCard(string duration) => InProcess(duration, "card.source.first-chunk-at=48h");


    /// <summary>
    /// What each event more allocates, by two runs of different length (bytes). Without flight recorder, which keeps windows of what it is to keep.
    /// </summary>
    public static Reading Allocated(string shorter, string longer)
    {
        for (var warmUp = 0; warmUp < 2; warmUp++) Run(longer, explains: false);
        var (few, ofFew) = Measured(shorter);
        var (many, ofMany) = Measured(longer);
        return new Reading((double)(ofMany - ofFew) / (many - few));

        static (long Events, long Bytes) Measured(string duration)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var report = Run(duration, explains: false);
            return (report.Events, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    /// <summary>The same over a link, between two engines of this process (ns an event).</summary>
    public static Reading Over(string medium, string duration)
    {
        var file = ScenarioFile.Load(Day);
        var host = HostScenario.Read(file).With(null, duration);
        using var card = new CardHost(CardDesign.Daq(DaqCardOptions.Read(file, host.Run.Seed)), host.Run.CompletionTimeout);
        using var link = ServedLink.Start(medium, card, card, host.Run.Pacing, host.Run.LinkLatency);
        var report = new HostRun(host, link.Host, output: null).Execute(
            medium, () => CardControlClient.TryGetStatistics(link.Address, null), CancellationToken.None);
        return new Reading(NanosecondsAnEvent(report));
    }

    /// <summary>A host with so many cards that have a chunk every millisecond, in this process (µs a chunk of any of them).</summary>
    public static Reading OfCards(int cards)
    {
        var text = $"[run]\nduration = \"{160 / cards}s\"\n" + string.Concat(Enumerable.Repeat("""
            [[card]]
            [card.source]
            period = "1ms"
            jitter = { uniform = ["0ms", "1ms"] }
            header-only = true

            """, cards));
        var report = (DaqReport)new InProcessRun(new RunRequest("cards.toml", LinkKind.Inproc), ScenarioFile.Parse(text, "cards.toml"))
            .Execute(CancellationToken.None);
        if (!report.Expect.Passed) throw new InvalidOperationException($"The run failed: {report.Expect.Failures[0]}");
        var chunks = report.Cards.Select(card => (DaqReport)card.Report).Append(report).Sum(one => one.Chunks.Produced);
        return new Reading(report.WallNs / 1e3 / chunks);
    }

    /// <summary>Eight seeds one after the other, as a multiple of the time that they take on two processors.</summary>
    public static Reading OnTwoProcessors(string duration)
    {
        _ = WarmUp.Value;
        return new Reading(Timed(1) / Timed(2));

        double Timed(int processors)
        {
            var start = Stopwatch.GetTimestamp();
            Parallel.For(0, Seeds, new ParallelOptions { MaxDegreeOfParallelism = processors }, seed => Run(duration, (ulong)seed));
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
    }

    /// <summary>
    /// The most that the reader gets of a source, two processes, checksum and all (GB/s). The source is made faster until no more comes: chunks that
    /// are dropped cost the card time too. At the rate that was best, it runs for longer: in the first second both programs are compiled.
    /// </summary>
    public static Reading Streamed(LinkKind link, int chunk)
    {
        var (most, best) = (0.0, 0);
        for (var rate = 256; ; rate *= 2)
        {
            var delivered = Streamed(link, chunk, rate, seconds: 1);
            if (delivered > most) (most, best) = (delivered, rate);
            if (delivered < 0.75 * rate / 1000) return new Reading(Streamed(link, chunk, best, seconds: 3));
        }
    }

    private static double Streamed(LinkKind link, int chunk, int megabytesPerSecond, int seconds)
    {
        var scenario = Path.Combine(Path.GetTempPath(), $"bench-{Guid.NewGuid():N}.toml");
        try
        {
            File.WriteAllText(scenario, StreamText(chunk, megabytesPerSecond, seconds));
            var request = new RunRequest(scenario, link);
            var report = link == LinkKind.Inproc
                ? (DaqReport)new InProcessRun(request).Execute(CancellationToken.None)
                : (DaqReport)TwoProcessRun.ExecuteAsync(request, null, CancellationToken.None).Result;
            if (report.Outcome != RunOutcome.Completed) throw new InvalidOperationException($"The run failed: {report.Failure}");
            return (double)report.Data.Bytes / report.SimulatedNs;
        }
        finally
        {
            File.Delete(scenario);
        }
    }

    private static Reading Warm(ScenarioFile file, string duration)
    {
        _ = WarmUp.Value;
        return new(NanosecondsAnEvent(Run(duration, file: file)));
    }

    private static RunReport Run(string duration, ulong? seed = null, bool explains = true, ScenarioFile? file = null) =>
        new InProcessRun(
            new RunRequest(Day, LinkKind.Inproc) { Duration = duration, Seed = seed, Explains = explains }, file ?? ScenarioFile.Load(Day))
            .Execute(CancellationToken.None);

    private static double NanosecondsAnEvent(RunReport report) => report.Outcome == RunOutcome.Completed
        ? (double)report.WallNs / report.Events
        : throw new InvalidOperationException($"The run failed: {report.Failure}");

    // Holds back, so that nothing is overwritten however fast the source is.
    private static string StreamText(int chunk, int megabytesPerSecond, int seconds) => $"""
        [run]
        duration = "{seconds}s"
        pacing = "wall-clock"

        [card.source]
        kind = "counter"
        chunk = "{chunk / 1024} KiB"
        rate = "{megabytesPerSecond} MB/s"

        [card.dma]
        bandwidth = "40 GB/s"

        [host]
        processors = 2

        [host.reader]
        cyclic-buffer-chunks = 256

        [driver]
        buffering = "ring"
        ring-slots = {(chunk > 1 << 18 ? 128 : 512)}
        when-full = "hold-back"
        routing = "per-cause"
        rearm-policy = "auto-mask"
        last-look = "after-flushed-rearm"
        copy-rate = "40 GB/s"
        """;
}
