using System.ComponentModel;
using System.Diagnostics;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;

namespace Pcie.Diagnosis.Tests.Import;

/// <summary>The importer's totals of a real machine's recording, against those of a few lines of Python that share nothing with it.</summary>
public class RealRecordingTests
{
    // What softirq_totals.py printed when this was written.
    private static readonly string[] Known =
    [
        "softirq BLOCK 218 2544000 218 427000",
        "softirq NET_RX 25595 71577000 25595 8093000",
        "softirq RCU 52 263000 52 817000",
        "softirq SCHED 67 183000 67 857000",
        "softirq TIMER 21 78000 21 310000",
        "irq call_function_single 736 1148000",
        "irq local_timer 109 1392000",
        "irq reschedule 6 7000",
        "irq virtio1-req.0 218 671000",
    ];

    [Fact]
    public void TotalsAreThoseThatTheScriptPrinted() => Assert.Equal(Known, Totals());

    [Fact]
    public void TotalsAreThoseThatTheScriptPrintsNow()
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "softirq_totals.py"));
        start.ArgumentList.Add(SampleRecording.Path);
        Process python;
        try
        {
            python = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("python3 is not installed, so the totals are compared with those it printed once, and not with those it prints now.");
            return;
        }
        using (python)
        {
            var printed = python.StandardOutput.ReadToEnd();
            python.WaitForExit();
            Assert.Equal(printed.Split('\n', StringSplitOptions.RemoveEmptyEntries), Totals());
        }
    }

    [Fact]
    public void EveryLineIsUsedOrCounted()
    {
        var (machine, report) = Import();
        Assert.Equal((RecordingFormat.Ftrace, 80_012L), (report.Format, report.Lines));
        Assert.Equal(0, machine.OutOfOrder);
        Assert.Empty(machine.Losses);
        // 12 lines are head; an interval takes two lines, an instant one.
        Assert.Equal(80_000, 2 * report.Intervals + report.Instants + report.Skipped.Values.Sum());
        Assert.Contains(machine.Intervals, i => i.Kind == IntervalKind.ThreadedDpc);
        Assert.Contains("softirq NET_RX", machine.Sources);
        Assert.Contains("virtio1-req.0", machine.Sources);
    }

    private static (RecordedMachine Machine, ImportReport Report) Import()
    {
        var machine = new RecordedMachine();
        return (machine, RecordingImporter.Open(SampleRecording.Path).Import(machine));
    }

    private static IEnumerable<string> Totals()
    {
        var (machine, _) = Import();
        var waits = Waits(machine);
        var softirqs = machine.Intervals.Where(i => i.Kind is IntervalKind.Dpc or IntervalKind.ThreadedDpc).GroupBy(i => machine.Sources[i.Source])
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{g.Key} {g.Count()} {g.Sum(i => (i.End - i.Begin).Nanoseconds)} {waits[g.Key].Count} {waits[g.Key].Sum}");
        var irqs = machine.Intervals.Where(i => i.Kind == IntervalKind.Isr).GroupBy(i => machine.Sources[i.Source])
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"irq {g.Key} {g.Count()} {g.Sum(i => (i.End - i.Begin).Nanoseconds)}");
        return [.. softirqs, .. irqs];
    }

    // From DpcQueued to the beginning of the interval that serves it.
    private static Dictionary<string, (long Count, long Sum)> Waits(RecordedMachine machine)
    {
        var waits = new Dictionary<string, (long Count, long Sum)>();
        var softirqs = machine.Intervals.Where(i => i.Kind is IntervalKind.Dpc or IntervalKind.ThreadedDpc);
        foreach (var source in softirqs.GroupBy(i => (i.Processor, i.Source)))
        {
            var queued = new Queue<Instant>(machine.Instants.Where(q => (q.Processor, q.Source) == source.Key && q.Kind == InstantKind.DpcQueued));
            var total = waits.GetValueOrDefault(machine.Sources[source.Key.Source]);
            foreach (var run in source)
            {
                if (queued.Count == 0 || queued.Peek().Time > run.Begin) continue;
                total = (total.Count + 1, total.Sum + (run.Begin - queued.Dequeue().Time).Nanoseconds);
            }
            waits[machine.Sources[source.Key.Source]] = total;
        }
        return waits;
    }
}
