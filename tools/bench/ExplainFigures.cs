using System.Diagnostics;
using Pcie.Emu.Running;

namespace Pcie.Bench;

/// <summary>
/// <c>bench explain</c>: what it costs a run of a simulated day to keep what explains it and to explain it, and what it costs a shorter one to keep
/// its whole trace: turn by turn with the plain run, so that what else the machine does falls on both.
/// </summary>
internal static class ExplainFigures
{
    private const int Rounds = 3;

    public static void Print()
    {
        var trace = Path.GetTempFileName();
        try
        {
            Row("24h", "with the explanation of every overrun and the hundred longest waits", plain => plain with { Explains = true });
            // 20 MB of memory for each simulated minute.
            Row("20min", "with its whole trace kept and written", plain => plain with { TraceFile = trace });
        }
        finally
        {
            File.Delete(trace);
        }
    }

    private static void Row(string duration, string what, Func<RunRequest, RunRequest> more)
    {
        var plain = new RunRequest(ScenarioCatalog.Find("late-dpc"), LinkKind.Inproc) { Duration = duration };
        Seconds(more(plain));
        var (of, ratios) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            of[round] = Seconds(plain);
            ratios[round] = Seconds(more(plain)) / of[round];
        }
        Console.WriteLine($"late-dpc, {duration}: {Median(of):0.00} s; {what}: x{Median(ratios):0.000}");
    }

    private static double Seconds(RunRequest request)
    {
        GC.Collect();
        var clock = Stopwatch.StartNew();
        var run = new InProcessRun(request);
        var report = run.Execute(CancellationToken.None);
        if (run.Flight is { } flight) ExplainedRun.ToJsonText(report, flight);
        return clock.Elapsed.TotalSeconds;
    }

    private static double Median(double[] values) => values.Order().ElementAt(values.Length / 2);
}
