using Pcie.Control;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Running;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Scenario;
using Pcie.Tables;
using Pcie.Trace;
using Pcie.Trace.Flight;

namespace Pcie.Bench;

/// <summary>
/// <c>bench explain</c>: what recording costs a free-running run. Each row is a ratio to the same run without it, turn by turn, in processor time, so
/// that what else the machine does falls on neither. The goals: at most 1.10 with the explanation, at most 1.15 for the recorder that is left on.
/// </summary>
internal static class ExplainFigures
{
    private const int Rounds = 5;

    public static void Print()
    {
        var day = new RunRequest(ScenarioCatalog.Find("late-dpc"), LinkKind.Inproc) { Duration = "24h" };
        Row("24h", 3, "with every overrun and the hundred longest waits explained", () => Run(day), () => Run(day with { Explains = true }));
        Row("2h", Rounds, "with the flight recorder, which is always on", () => Traced("2h", null), () => Traced("2h", Recorder.Flight));
        // 20 MB of memory for each simulated minute.
        Row("20min", Rounds, "with every event of both sides kept in memory", () => Traced("20min", null), () => Traced("20min", Recorder.Whole));
        var trace = Path.GetTempFileName();
        try
        {
            var part = day with { Duration = "20min" };
            Row("20min", Rounds, "with every event kept, merged and written to a file", () => Run(part), () => Run(part with { TraceFile = trace }));
        }
        finally
        {
            File.Delete(trace);
        }
    }

    private enum Recorder
    {
        Flight, Whole,
    }

    private static void Row(string duration, int rounds, string what, Func<long> plain, Func<long> more)
    {
        // Once each for the compiler.
        more();
        plain();
        var (of, ratios, rates) = (new double[rounds], new double[rounds], new double[rounds]);
        for (var round = 0; round < rounds; round++)
        {
            (of[round], var events) = Measure(plain);
            ratios[round] = Measure(more).Seconds / of[round];
            rates[round] = events / of[round] / 1e6;
        }
        Console.WriteLine($"late-dpc, {duration}: {Median(of):0.00} s of processor, {Median(rates):0.0} million events/s; {what}: "
            + $"x{Median(ratios):0.000}"
            + $" ({ratios.Min():0.000} to {ratios.Max():0.000})");
    }

    private static (double Seconds, long Events) Measure(Func<long> run)
    {
        GC.Collect();
        var before = Environment.CpuUsage.TotalTime;
        var events = run();
        return ((Environment.CpuUsage.TotalTime - before).TotalSeconds, events);
    }

    private static long Run(RunRequest request)
    {
        var run = new InProcessRun(request);
        var report = run.Execute(CancellationToken.None);
        if (run.Flight is { } flight) JsonOutput.TextOf(ExplainedRun.ToJson(report, flight));
        return report.Events;
    }

    private static long Traced(string duration, Recorder? recorder)
    {
        var file = ScenarioFile.Load(ScenarioCatalog.Find("late-dpc"));
        var host = HostScenario.Read(file).With(null, duration);
        var deviceEnd = new DirectTransport();
        using var card = new EmulatedCard(CardDesign.Daq(DaqCardOptions.Read(file, host.Run.Seed)), deviceEnd,
            new LinkSessionOptions(host.Run.Pacing, host.Run.LinkLatency, host.Run.TimeScale), host.Run.CompletionTimeout);
        var hostEnd = deviceEnd.CreateHostEnd(card.Session.ServePending);
        var run = new HostRun(host, hostEnd, output: null);
        if (recorder == Recorder.Flight) run.Tracer.Ring = new FlightRecorder(run.Tracer.Sources);
        if (recorder == Recorder.Whole) (run.Tracer.Sink, card.Tracer.Sink) = (new TraceRecording(), new TraceRecording());
        return run.Execute("inproc", () => new CardStatistics(new Dictionary<string, ulong>(), null, 0, []), CancellationToken.None).Events;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
