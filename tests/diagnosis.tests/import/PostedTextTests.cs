using System.Text;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Verdicts;

namespace Pcie.Diagnosis.Tests.Import;

/// <summary>What people post of other tools than those that record: written after their documented layouts, by hand.</summary>
public class PostedTextTests
{
    // Of a screen that was printed again, the last counts.
    [Fact]
    public void OfCyclictestEachThreadsLongest()
    {
        var screen = Summary("""
            # /dev/cpu_dma_latency set to 0us
            policy: fifo: loadavg: 0.05 0.10 0.08 1/212 1834

            T: 0 ( 1820) P:80 I:1000 C:  30000 Min:      3 Act:    7 Avg:    6 Max:      40
            T: 0 ( 1820) P:80 I:1000 C:  60000 Min:      3 Act:    7 Avg:    6 Max:      42
            T: 1 ( 1821) P:80 I:1500 C:  39998 Min:      3 Act:    5 Avg:    7 Max:    1873

            """, RecordingFormat.Cyclictest);
        Assert.Equal([("wake-up", "thread 1", 39_998L, 1_873_000L), ("wake-up", "thread 0", 60_000, 42_000)], screen);

        var histogram = Summary("""
            # Histogram
            000000 000000	000000
            000001 000012	000009
            # Total: 000004433 000004128
            # Min Latencies: 00001 00001
            # Avg Latencies: 00002 00002
            # Max Latencies: 00057 00312
            # Histogram Overflows: 00002 00003
            # Thread 0: 00123 00456

            """, RecordingFormat.Cyclictest);
        Assert.Equal([("wake-up", "thread 1", 4_128L, 312_000L), ("wake-up", "thread 0", 4_433, 57_000)], histogram);
    }

    [Fact]
    public void OfBccTheHighestBinThatIsNotEmpty()
    {
        var bins = Summary("""
            Tracing soft irq event time... Hit Ctrl-C to end.
            ^C

            softirq = net_rx
                 usecs               : count     distribution
                     0 -> 1          : 10       |***                                     |
                     2 -> 3          : 120      |****************************************|
                   512 -> 1023       : 1        |                                        |
                  1024 -> 2047       : 0        |                                        |

            softirq = timer
                 usecs               : count     distribution
                     0 -> 1          : 31       |****************************************|

            """, RecordingFormat.Bcc);
        Assert.Equal([("softirq", "net_rx", 131L, 1_024_000L), ("softirq", "timer", 31, 2_000)], bins);

        var queue = Summary("""
            Tracing run queue latency... Hit Ctrl-C to end.
                 msecs               : count     distribution
                     0 -> 1          : 233      |***********                             |
                     8 -> 15         : 4        |                                        |

            """, RecordingFormat.Bcc);
        Assert.Equal([("run queue latency", "(all)", 237L, 16_000_000L)], queue);
    }

    [Fact]
    public void OfBccsTotalsHowLongInAll()
    {
        var report = Read("""
            Tracing hard irq event time... Hit Ctrl-C to end.
            HARDIRQ                    TOTAL_usecs
            callfuncsingle                       2
            ahci                               193

            """, RecordingFormat.Bcc);
        Assert.Empty(report.NotUnderstood);
        Assert.Equal([("ahci", 193_000L), ("callfuncsingle", 2_000)], report.Summary!.Rows.Select(row => (row.Name, row.Total!.Value.Nanoseconds)));
    }

    [Fact]
    public void OfSchedTimehistHowLongATaskWaitedForAProcessor()
    {
        var rows = Summary("""
            Samples do not have callchains.
                       time    cpu  task name                       wait time  sch delay   run time
                                    [tid/pid]                          (msec)     (msec)     (msec)
            --------------- ------  ------------------------------  ---------  ---------  ---------
               79371.874569 [0011]  gcc[31949]                          0.014      0.000      1.148
               79371.874603 [0010]  migration/10[59]                    3.350      0.004      0.011
               79371.874604 [0011]  <idle>                              1.148      0.000      0.035
               79371.874723 [0005]  irq/42-card[31952]                 45.001      2.417      0.203
               79371.875723 [0005]  irq/42-card[31952]                  1.001      0.013      0.203

            """, RecordingFormat.SchedTimehist);
        Assert.Equal([("wake-up to run", "irq/42-card[31952]", 2L, 2_417_000L), ("wake-up to run", "migration/10[59]", 1, 4_000),
            ("wake-up to run", "gcc[31949]", 1, 0)], rows);
    }

    [Theory]
    [InlineData("irqsoff", "interrupts off", "run_timer_softirq to __do_softirq on CPU 3")]
    [InlineData("preemptoff", "preemption off", "run_timer_softirq to __do_softirq on CPU 3")]
    [InlineData("wakeup_rt", "wake-up to run", "sleep-2389 on CPU 3")]
    public void OfALatencyTracerTheLongestAndBetweenWhichFunctions(string tracer, string kind, string name)
    {
        var rows = Summary($"""
            # tracer: {tracer}
            #
            # {tracer} latency trace v1.1.5 on 3.8.0-test+
            # --------------------------------------------------------------------
            # latency: 716 us, #4/4, CPU#3 | (M:preempt VP:0, KP:0, SP:0 HP:0 #P:4)
            #    -----------------
            #    | task: sleep-2389 (uid:0 nice:0 policy:0 rt_prio:0)
            #    -----------------
            {(tracer.StartsWith("wakeup") ? "#" : "#  => started at: run_timer_softirq\n#  => ended at:   __do_softirq")}
            #
              <idle>-0       3d.s2    0us+: _raw_spin_lock_irq <-run_timer_softirq
              <idle>-0       3dNs3  716us : trace_hardirqs_on <-run_timer_softirq
             => __do_softirq

            """, RecordingFormat.LatencyTracer);
        Assert.Equal([(kind, name, 0L, 716_000L)], rows);
    }

    [Theory]
    [InlineData("           CPU0       CPU1\n  0:         22          0   IO-APIC   timer\nLOC:   98765432   1234567   Local timer interrupts\n",
        "x is /proc/interrupts, which counts interrupts since the machine started")]
    [InlineData("                    CPU0       CPU1\n          HI:          0          0\n      NET_RX:         12         99\n",
        "x is /proc/softirqs, which counts softirqs since the machine started")]
    [InlineData("@usecs: \n[0]                   12 |@@@         |\n[2, 4)               210 |@@@@@@@@@@@@|\n",
        "x is a histogram of bpftrace's, which counts")]
    [InlineData("# tracer: osnoise\n#  IN US  Interference counters:\n <...>-859 [000] ....    81.637220: 1000000 190  99.98100 9 18 0 1007 18 1\n",
        "x is a report of the osnoise tracer, which adds up")]
    public void WhatIsNoRecordingIsCalledByItsNameAndSaysWhatToRecord(string text, string expected)
    {
        var refused = Assert.Throws<InvalidDataException>(() => RecordedMachine.Of(text)).Message.Replace("recording is ", "x is ");
        Assert.StartsWith(expected, refused);
        Assert.EndsWith("trace-cmd record -e irq -e irq_vectors -e sched:sched_switch -e sched:sched_waking).", refused);
    }

    // Older versions of LatencyMon name the last microsecond that belongs to a bin.
    [Fact]
    public void ABinReachesToWhereTheNextBegins()
    {
        var figures = RecordedMachine.Of("""
            LatencyMon has been analyzing your system for  0:02:11  (h:mm:ss) on all processors.
            Highest DPC routine execution time (µs):              1244.33
            DPC count (execution time <250 µs):                   510001
            DPC count (execution time 250-500 µs):                23
            DPC count (execution time 500-999 µs):                4
            DPC count (execution time 1000-1999 µs):              1
            DPC count (execution time 2000-3999 µs):              0
            DPC count (execution time >=4000 µs):                 0

            """).Report.LatencyMon!;
        Assert.Equal([250, 500, 1_000, 2_000, 4_000, null], figures.DpcBins.Select(bin => bin.To?.Nanoseconds / 1_000));
    }

    // As some versions of trace-cmd report break it, and as a mail's editor does.
    [Theory]
    [InlineData("          <idle>-0     [001]111264.306005\n: softirq_raise: vec=4 [action=BLOCK]")]
    [InlineData("          <idle>-0     [001] 111264.306005:\nsoftirq_raise: vec=4 [action=BLOCK]")]
    [InlineData("> <idle>-0 [001] d.h. 111264.306005:\n> softirq_raise: vec=4 [action=BLOCK]")]
    public void ALineThatIsBrokenBehindItsTimeIsJoined(string raise)
    {
        var (machine, report) = RecordedMachine.Of($"{raise}\n{raise.Replace("raise", "entry").Replace("005", "011")}\n"
            + $"{raise.Replace("raise", "exit").Replace("005", "020")}\n");
        Assert.Equal(111_264_306_005_000, Assert.Single(machine.Instants).Time.Nanoseconds);
        Assert.Equal(["Dpc 1 softirq BLOCK 111264306011000..111264306020000 4"], machine.Lines.Select(line => line.Replace("-1", "4")));
        Assert.Empty(report.NotUnderstood);
    }

    [Fact]
    public void ATickThatIsBrokenBehindItsTimeIsJoinedToo()
    {
        var (machine, _) = RecordedMachine.Of("""
              <idle>-0     [001]111264306005
            : softirq_entry: vec=4 [action=BLOCK]
              <idle>-0     [001]111264318005
            : softirq_exit: vec=4 [action=BLOCK]

            """, clockRate: 1e9);
        Assert.Equal((111_264_306_005, 12_000), (machine.Intervals[0].Begin.Nanoseconds,
            (machine.Intervals[0].End - machine.Intervals[0].Begin).Nanoseconds));
    }

    // A clock that began anew, or a second recording behind the first.
    [Fact]
    public void LinesWhoseTimeGoesBackAreSaidNotToBeRead()
    {
        var (machine, report) = RecordedMachine.Of("""
              <idle>-0     [000] d.h. 4294967.295990: softirq_entry: vec=3 [action=NET_RX]
              <idle>-0     [000] ..s. 4294967.295999: softirq_exit: vec=3 [action=NET_RX]
              <idle>-0     [000] d.h. 0.000010: softirq_entry: vec=3 [action=NET_RX]
              <idle>-0     [000] ..s. 0.000030: softirq_exit: vec=3 [action=NET_RX]

            """);
        Assert.Single(machine.Intervals);
        Assert.Contains(report.Notes, note => note.StartsWith("The time goes back in 2 lines, and they are not read", StringComparison.Ordinal));
    }

    // A softirq and an interrupt's thread have no importance; what would help them is told in Linux' words.
    [Theory]
    [InlineData("sched_waking: comm=irq/42-card pid=99 prio=49 target_cpu=000", "irq/42-card", "",
        "of a higher priority, or with preemption off", "chrt")]
    [InlineData("softirq_raise: vec=3 [action=NET_RX]", "ksoftirqd/0", "softirq_entry: vec=3 [action=NET_RX]",
        "with softirqs, interrupts or preemption off, or it was left to ksoftirqd", "irqsoff")]
    public void OfALinuxWaitTheVerdictIsInLinuxWords(string asked, string thread, string entered, string why, string cure)
    {
        var runs = entered.Length == 0 ? "" : $"10.002015: {entered}\n{thread}-99 [000] ..s. 10.002030: {entered.Replace("entry", "exit")}";
        var text = $"""
            <idle>-0 [000] d.h. 10.000002: {asked}
            <idle>-0 [000] d... 10.000010: sched_switch: swapper/0:0 [120] R ==> rtapp:50 [20]
            rtapp-50 [000] d... 10.002010: sched_switch: rtapp:50 [20] S ==> {thread}:99 [49]
            {(runs.Length == 0 ? "" : $"{thread}-99 [000] ..s. {runs}")}
            {thread}-99 [000] d... 10.002050: sched_switch: {thread}:99 [49] S ==> swapper/0:0 [120]

            """;
        var attribution = new WaitAttribution(new AttributionOptions());
        RecordingImporter.Open(() => new MemoryStream(Encoding.UTF8.GetBytes(text)), "x")
            .Import(attribution, null, TestContext.Current.CancellationToken);

        var wait = Assert.Single(attribution.Summaries.SelectMany(summary => summary.Worst));
        var verdict = new Judge(attribution, null).OfWait(wait);

        Assert.EndsWith($"the thread rtapp:50 had the processor although it waited: {why}", verdict.Finding, StringComparison.Ordinal);
        Assert.Contains(verdict.Cures, one => one.What.Contains(cure, StringComparison.Ordinal));
        Assert.DoesNotContain(verdict.Cures, one => one.What.Contains("importance", StringComparison.Ordinal));
    }

    // Half of a line that has no other half is no event, and is counted.
    [Fact]
    public void HalfALineIsNotUnderstood()
    {
        var (machine, report) = RecordedMachine.Of("""
              <idle>-0     [001] d.h. 1.000010: softirq_entry: vec=4 [action=BLOCK]
              <idle>-0     [001] d.h. 1.000020:
              <idle>-0     [001] d.h. 1.000030: softirq_exit: vec=4 [action=BLOCK]
              <idle>-0     [001]1.000040

            """);
        Assert.Equal(20_000, (machine.Intervals[0].End - machine.Intervals[0].Begin).Nanoseconds);
        Assert.Equal(2, Assert.Single(report.NotUnderstood).Value.Count);
    }

    private static (string, string, long, long)[] Summary(string text, RecordingFormat format)
    {
        var report = Read(text, format);
        Assert.Empty(report.NotUnderstood);
        return [.. report.Summary!.Rows.Select(row => (row.Kind, row.Name, row.Count, row.Longest!.Value.Nanoseconds))];
    }

    private static ImportReport Read(string text, RecordingFormat format)
    {
        var (machine, report) = RecordedMachine.Of(text);
        Assert.Equal((format, 0), (report.Format, machine.Intervals.Count));
        return report;
    }
}
