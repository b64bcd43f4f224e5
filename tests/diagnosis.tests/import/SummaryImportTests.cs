using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Import.Summaries;
using Pcie.Time;

namespace Pcie.Diagnosis.Tests.Import;

/// <summary>Texts that people paste and that have no times: as far as each carries it. Written after documented layouts, by hand.</summary>
public class SummaryImportTests
{
    private const string DpcIsr = """
        --------------------------
        DPC Info

        --------------------------
        CPU Usage Summing By Module For the Whole Trace

        CPU Usage from 0 us to 90000000 us:

             CPU 0 Usage,      CPU 1 Usage,
             usec      %,      usec      %, Module
              120   0.00,        30   0.00, carddrv.sys
                1   0.00,         0   0.00, "Unknown"

        Total = 3261
        Elapsed Time, >        4 usecs AND <=        8 usecs,    238, or   7.30%
        Elapsed Time, >     2048 usecs,      2, or   0.06%
        Total,                                                  3261

        Total = 3000 for module carddrv.sys
        Elapsed Time, >        8 usecs AND <=       16 usecs,   2990, or  99.67%
        Total,                                                  3000
        All Module = 3261,  Total = 3261,   EQUAL
        --------------------------
        Usage From 0 ms to 90000 ms, Summing In 1 second intervals. Intervals=90
                               ,      CPU 0 Usage ,      CPU 1 Usage
        Start (ms) End (ms)    ,    (usec)      % ,    (usec)      %
                 0-1000      :,        18   0.00,         0   0.00
        --------------------------
        Interrupt Info
        Total = 10 for module carddrv.sys
        Elapsed Time, >        1 usecs AND <=        2 usecs,   10, or  100.00%

        """;

    private const string Rtla = """
          ## CPU 23 hit stop tracing, analyzing it ##
          IRQ handler delay:                                        27.49 us (65.52 %)
          IRQ latency:                                              28.13 us
          Timerlat IRQ duration:                                     9.59 us (22.85 %)
          Blocking thread:                                           3.79 us (9.03 %)
                                 objtool:49256                       3.79 us
            Blocking thread stacktrace
                        -> timerlat_irq
                        -> __hrtimer_run_queues
          ------------------------------------------------------------------------
            Thread latency:                                          41.96 us (100%)
          Max timerlat IRQ latency from idle: 17.48 us in cpu 4

        """;

    private const string FunctionGraph = """
        # tracer: function_graph
        #
        # CPU  DURATION                  FUNCTION CALLS
        # |     |   |                     |   |   |   |
         0)               |  do_IRQ() {
         0)               |    irq_enter() {
         0)   0.541 us    |      rcu_irq_enter();
         0)   1.100 us    |    }
         0) ! 120.123 us  |  } /* do_IRQ */
         ------------------------------------------
         0)  bash-12      =>   idle-0
         1)   ==========> |
         1) + 12.000 us   |  net_rx_action();

        """;

    [Fact]
    public void XperfsDpcIsrHasTimeAndLongestOfEachModule()
    {
        var report = Read(DpcIsr, RecordingFormat.XperfDpcIsr);
        Assert.Equal(Duration.FromSeconds(90), report.Summary!.Span);
        Assert.Equal([("DPC", "(all modules)", 3261L, 2_048_000L, true), ("DPC", "Unknown", 0, 0, false), ("DPC", "carddrv.sys", 3000, 16_000, false),
            ("ISR", "carddrv.sys", 10, 2_000, false)], report.Summary.Rows.Select(row =>
            (row.Kind, row.Name, row.Count, row.Longest?.Nanoseconds ?? 0, row.IsOpen)).OrderBy(row => row.Kind, StringComparer.Ordinal)
            .ThenBy(row => row.Name, StringComparer.Ordinal));
        Assert.Equal(150_000, report.Summary.Rows.Single(row => row is { Kind: "DPC", Name: "carddrv.sys" }).Total!.Value.Nanoseconds);
        Assert.Contains("over 2.048 ms", SummaryText.Of("x", report), StringComparison.Ordinal);
    }

    // 41.96 is the whole, of which 40.87 are explained.
    [Fact]
    public void OfRtlasAnalysisWhatIsUnexplainedIsTold()
    {
        var report = Read(Rtla, RecordingFormat.RtlaTimerlat);
        Assert.Equal(1_090, report.Summary!.Rows.Single(row => row.Name == "CPU 23: unexplained").Longest!.Value.Nanoseconds);
        Assert.Equal(41_960, report.Summary.Rows.Where(row => row.Kind == "part").Sum(row => row.Total!.Value.Nanoseconds));
        Assert.Equal("of which", report.Summary.Rows.Single(row => row.Name == "CPU 23: objtool:49256").Kind);
    }

    // timerlat_aa.c: of an IRQ that was late the whole comes twice, and the blocking thread has no time. The worst way out of idle is another CPU's.
    [Fact]
    public void OfRtlasAnalysisOfALateIrqTheWholeIsToldOnce()
    {
        var report = Read("""
            ## CPU 3 hit stop tracing, analyzing it ##
              IRQ handler delay:		(exit from idle)	    48.21 us (91.09 %)
              IRQ latency:						    52.93 us
              Blocking thread:
            	               swapper/2:0
                Blocking thread stack trace
            		-> timerlat_irq
            ------------------------------------------------------------------------
              IRQ latency:						    52.93 us (100%)

            Max timerlat IRQ latency from idle: 49.11 us in cpu 2

            """, RecordingFormat.RtlaTimerlat);
        Assert.Equal([("whole", "CPU 3: IRQ latency", 1L, 52_930L), ("whole", "CPU 2: Max timerlat IRQ latency from idle", 1, 49_110),
            ("part", "CPU 3: IRQ handler delay: (exit from idle)", 1, 48_210), ("part", "CPU 3: unexplained", 1, 4_720)],
            report.Summary!.Rows.Select(row => (row.Kind, row.Name, row.Count, row.Total!.Value.Nanoseconds)));
    }

    // timerlat_top.c and timerlat_hist.c; a screen is printed again and again.
    [Fact]
    public void OfRtlasTablesTheLastScreenCounts()
    {
        var top = Read("""
                                                 Timer Latency
              0 00:00:05   |          IRQ Timer Latency (us)        |         Thread Timer Latency (us)
            CPU COUNT      |      cur       min       avg       max |      cur       min       avg       max
              0 #4999      |        1         0         1        11 |        8         2         7        30
              0 00:00:10   |          IRQ Timer Latency (us)        |         Thread Timer Latency (us)
            CPU COUNT      |      cur       min       avg       max |      cur       min       avg       max
              0 #9999      |        1         0         1        15 |        8         2         7        34
            ---------------|----------------------------------------|---------------------------------------
            ALL #9999  e0  |                  0         1        15 |                  2         7        34

            """, RecordingFormat.RtlaTable);
        Assert.Empty(top.NotUnderstood);
        Assert.Equal([("IRQ latency", "CPU 0", 9999L, 15_000L), ("IRQ latency", "all CPUs", 9999, 15_000), ("thread latency", "CPU 0", 9999, 34_000),
            ("thread latency", "all CPUs", 9999, 34_000)], Rows(top));

        var histogram = Read("""
            # RTLA timerlat histogram
            # Time unit is nanoseconds (ns)
            # Duration:   0 00:00:30
            Index   IRQ-000   Thr-000   IRQ-010   Thr-010
            0            23         0        10         0
            over:         0         0         0         0
            count:    29923     25123     29910     26091
            min:          0         1         0         1
            avg:          1         2         1         2
            max:       2100     30400      2200     31500

            """, RecordingFormat.RtlaTable);
        Assert.Empty(histogram.NotUnderstood);
        Assert.Equal([("IRQ latency", "CPU 0", 29923L, 2_100L), ("IRQ latency", "CPU 10", 29910, 2_200), ("thread latency", "CPU 0", 25123, 30_400),
            ("thread latency", "CPU 10", 26091, 31_500)], Rows(histogram));
    }

    // osnoise_top.c
    [Fact]
    public void OfOsnoiseTheNoiseAndTheLongestOfIt()
    {
        var report = Read("""
                                                      Operating System Noise
            duration:   0 00:01:00 | time is in us
            CPU Period       Runtime        Noise  % CPU Aval   Max Noise   Max Single          HW          NMI          IRQ      Softirq       Thread
              0 #59         59000000       123456    99.79075        4321          210         112            0        60123         1023          312

            """, RecordingFormat.RtlaTable);
        Assert.Empty(report.NotUnderstood);
        Assert.Equal([("noise of a period", "CPU 0", 59L, 4_321_000L), ("one noise", "CPU 0", 0, 210_000)], Rows(report));
        Assert.Equal(Duration.FromMicroseconds(123_456), report.Summary!.Rows.First().Total);
    }

    // With the options funcgraph-abstime, funcgraph-proc and latency-format there are columns before the duration.
    [Fact]
    public void FunctionGraphIsReadWithTheColumnsOfItsOptions()
    {
        var report = Read("""
            # tracer: function_graph
            #
            #     TIME        CPU  TASK/PID         DURATION                  FUNCTION CALLS
              1719.357247 |   1)    <idle>-0    |               |  __do_softirq() {
              1719.357250 |   1)    <idle>-0    |   2.500 us    |    run_timer_softirq();
              1719.357260 |   1)    <idle>-0    | + 13.100 us   |  }
             0)    sh-4802    |  d.h1. |   0.277 us    |  ktime_get();

            """, RecordingFormat.FunctionGraph);
        Assert.Equal([("__do_softirq", 13_100L), ("run_timer_softirq", 2_500), ("ktime_get", 277)],
            report.Summary!.Rows.Select(row => (row.Name, row.Longest!.Value.Nanoseconds)));
    }

    private static IEnumerable<(string, string, long, long)> Rows(ImportReport report) => report.Summary!.Rows
        .Select(row => (row.Kind, row.Name, row.Count, row.Longest?.Nanoseconds ?? 0)).OrderBy(row => row.Kind, StringComparer.Ordinal)
        .ThenBy(row => row.Name, StringComparer.Ordinal);

    [Fact]
    public void FunctionGraphHasCountTimeAndLongestOfEachFunction()
    {
        var report = Read(FunctionGraph, RecordingFormat.FunctionGraph);
        Assert.Equal([("do_IRQ", 120_123L), ("net_rx_action", 12_000), ("irq_enter", 1_100), ("rcu_irq_enter", 541)],
            report.Summary!.Rows.Select(row => (row.Name, row.Longest!.Value.Nanoseconds)));
    }

    [Theory]
    [InlineData("""
        Line #,CPU,DPC/ISR,Module,Function,Enter Time (s),Exit Time (s),Duration (Inclusive) (µs)
        1,1,DPC,card.sys,CardDpc,1.000130000,1.000230000,100
        2,1,ISR,card.sys,CardIsr,1.000100000,1.000120000,20

        """, "card.sys!CardIsr", "card.sys!CardDpc", 100_000)]
    [InlineData("""
        Event Name, Type, Event ID, Version, Channel, Level, Opcode, Task, Keyword, PID, TID, Processor Number, Clock-Time, Kernel(ms), User Data
        PerfInfo, ISR, 0, 2, 0, 0, 67, 0, 0x0, 0x0, 0x0, 1, 130927529483473524, 0, 130927529483473324, 0xFFFFF80112345678, 1, 81
        PerfInfo, DPC, 0, 2, 0, 0, 68, 0, 0x0, 0x0, 0x0, 1, 130927529483475524, 0, 130927529483473724, 0xFFFFF80112345999

        """, "0xFFFFF80112345678", "0xFFFFF80112345999", 180_000)]
    // Copied, with decimal commas; exported where semicolons part cells; and quoted in a mail.
    [InlineData("Line #\tCPU\tDPC/ISR\tModule\tFunction\tEnter Time (s)\tDuration (Inclusive) (µs)\n"
        + "1\t1\tDPC\tcard.sys\tCardDpc\t1,000130000\t1.100,5\n2\t1\tISR\tcard.sys\tCardIsr\t1,000100000\t20,000\n",
        "card.sys!CardIsr", "card.sys!CardDpc", 1_100_500)]
    [InlineData("CPU;DPC/ISR;Module;Function;Enter Time (s);Exit Time (s)\n"
        + "1;DPC;card.sys;CardDpc;1,000130000;1,000230000\n1;ISR;card.sys;CardIsr;1,000100000;1,000120000\n",
        "card.sys!CardIsr", "card.sys!CardDpc", 100_000)]
    [InlineData("> CPU,DPC/ISR,Module,Function,Enter Time (s),Duration (µs)\n"
        + "> 1,DPC,card.sys,CardDpc,\"1.000130000\",\"1,100.5\"\n> 1,ISR,card.sys,CardIsr,\"1.000100000\",20.0\n",
        "card.sys!CardIsr", "card.sys!CardDpc", 1_100_500)]
    public void ATableOfDpcsAndIsrsHasTheirTimesInWhateverOrder(string table, string isr, string dpc, long length)
    {
        var (machine, report) = RecordedMachine.Of(table);
        Assert.Equal(RecordingFormat.EtwTable, report.Format);
        Assert.Equal([(isr, 20_000L), (dpc, length)],
            machine.Intervals.Select(interval => (machine.Sources[interval.Source], (interval.End - interval.Begin).Nanoseconds)));
        Assert.Equal((0, 0), (machine.OutOfOrder, report.NotUnderstood.Count));
    }

    // EventTrace_Header: EventsLost is the twelfth of its values.
    [Theory]
    [InlineData("65536, 83886087, 7601, 8, 130927529485000000, 156250, 0, 0x1, 30, 1, 8, 42, 3400", 42)]
    [InlineData("65536, 83886087, 7601, 8, 130927529485000000, 156250, 0, 0x1, 30, 1, 8, 0, 3400", null)]
    public void WhatTracerptsTableSaysWasLostIsSaid(string header, int? lost)
    {
        var (machine, _) = RecordedMachine.Of($"""
            Event Name, Type, Event ID, Version, Channel, Level, Opcode, Task, Keyword, PID, TID, Processor Number, Clock-Time, Kernel(ms), User Data
            EventTrace, Header, 0, 2, 0, 0, 0, 0, 0x0, 0x0, 0x0, 0, 130927529480000000, 0, {header}
            PerfInfo, DPC, 0, 2, 0, 0, 68, 0, 0x0, 0x0, 0x0, 1, 130927529483475524, 0, 130927529483473724, 0xFFFFF80112345999

            """);
        Assert.Equal(lost is { } some ? [some] : [], machine.Losses.Select(loss => (int)loss.Events));
        Assert.Single(machine.Intervals);
    }

    private static ImportReport Read(string text, RecordingFormat format)
    {
        var (machine, report) = RecordedMachine.Of(text);
        Assert.Equal((format, 0, 0), (report.Format, machine.Intervals.Count, report.NotUnderstood.Count));
        return report;
    }
}
