using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Verdicts;

namespace Pcie.Diagnosis.Tests.Import;

/// <summary>Texts as people paste them into mails and issues, of several kernels and tools; what is right was reckoned by hand.</summary>
public sealed class PastedTextTests
{
    [Fact]
    public void PerfScriptQuotedInAMailHasAllItsWaits() =>
        Assert.Equal([("softirq NET_RX", 2L, 146_000L)], Longest("""
            On Tue, someone wrote:
            > I recorded this with perf record -a -e irq:* :
            >
            >          swapper     0 [002]  5123.100010:                irq:softirq_raise: vec=3 [action=NET_RX]
            >          swapper     0 [002]  5123.100014:                irq:irq_handler_exit: irq=129 ret=handled
            >          swapper     0 [002]  5123.100020:                irq:softirq_entry: vec=3 [action=NET_RX]
            >          swapper     0 [002]  5123.100095:                 irq:softirq_exit: vec=3 [action=NET_RX]
            >          swapper     0 [002]  5123.200000:           irq:irq_handler_entry: irq=129 name=eth0-rx-1
            >          swapper     0 [002]  5123.200004:                irq:softirq_raise: vec=3 [action=NET_RX]
            >          swapper     0 [002]  5123.200009:                irq:irq_handler_exit: irq=129 ret=handled
            >          swapper     0 [002]  5123.200150:                irq:softirq_entry: vec=3 [action=NET_RX]
            >          swapper     0 [002]  5123.200180:                 irq:softirq_exit: vec=3 [action=NET_RX]
            """));

    // The second raise came while the first run went on, and is answered by the next one.
    [Fact]
    public void AKernelWithAColumnForMigrationIsReadAsOneWithout() =>
        Assert.Equal([("softirq BLOCK", 2L, 40_000L)], Longest("""
            # tracer: nop
            #
            # entries-in-buffer/entries-written: 8/8   #P:4
            #
            #                                _-----=> irqs-off/BH-disabled
            #                               / _----=> need-resched
            #                              | / _---=> hardirq/softirq
            #                              || / _--=> preempt-depth
            #                              ||| / _-=> migrate-disable
            #                              |||| /     delay
            #           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION
            #              | |         |   |||||     |         |
                      <idle>-0       [003] d.h1.   812.450001: irq_handler_entry: irq=44 name=nvme0q4
                      <idle>-0       [003] d.h1.   812.450005: softirq_raise: vec=4 [action=BLOCK]
                      <idle>-0       [003] d.h1.   812.450007: irq_handler_exit: irq=44 ret=handled
                      <idle>-0       [003] ..s1.   812.450011: softirq_entry: vec=4 [action=BLOCK]
                      <idle>-0       [003] d.h2.   812.450020: irq_handler_entry: irq=44 name=nvme0q4
                      <idle>-0       [003] d.h2.   812.450023: softirq_raise: vec=4 [action=BLOCK]
                      <idle>-0       [003] d.h2.   812.450025: irq_handler_exit: irq=44 ret=handled
                      <idle>-0       [003] ..s1.   812.450061: softirq_exit: vec=4 [action=BLOCK]
                      <idle>-0       [003] ..s1.   812.450063: softirq_entry: vec=4 [action=BLOCK]
                      <idle>-0       [003] ..s1.   812.450070: softirq_exit: vec=4 [action=BLOCK]
            """));

    [Fact]
    public void WhatAnInterruptThreadWaitsIsFromItsWakingToItsSwitchAndNotItsRun()
    {
        var text = Text("""
            <idle>-0 [000] d.h3.   100.000010: irq_handler_entry: irq=35 name=daq
            <idle>-0 [000] d.h3.   100.000012: sched_waking: comm=irq/35-daq pid=477 prio=49 target_cpu=000
            <idle>-0 [000] d.h4.   100.000014: irq_handler_exit: irq=35 ret=handled
            <idle>-0 [000] d..2.   100.000052: sched_switch: prev_comm=swapper/0 prev_pid=0 prev_state=R ==> next_comm=irq/35-daq next_pid=477
            irq/35-daq-477 [000] d..2.   100.000152: sched_switch: prev_comm=irq/35-daq prev_pid=477 prev_state=S ==> next_comm=swapper/0 next_pid=0
            """);

        Assert.Contains("began 40 µs later", text, StringComparison.Ordinal);
        // It runs for 100 µs, which the guidance for a wait does not count.
        Assert.Contains("in time, with 60 µs to spare of the 100 µs", text, StringComparison.Ordinal);
    }

    [Fact]
    public void TimesInNanosecondsAndTasksWithBlanksAreReadAndASumOfLossesLeavesNoVerdict()
    {
        var text = Text("""
            kworker/u16:1-e   311/311   [001]   900.000000100: irq:softirq_raise:  vec=1 [action=TIMER]
            Web Content  4711/4720  [001]   900.000003100: irq:softirq_entry:  vec=1 [action=TIMER]
            Web Content  4711/4720  [001]   900.000004100: irq:softirq_exit:  vec=1 [action=TIMER]
            PERF_RECORD_LOST lost 17
            Web Content  4711/4720  [001]   900.000104100: irq:softirq_raise:  vec=1 [action=TIMER]
            Web Content  4711/4720  [001]   900.000124600: irq:softirq_entry:  vec=1 [action=TIMER]
            Web Content  4711/4720  [001]   900.000125600: irq:softirq_exit:  vec=1 [action=TIMER]
            """);

        Assert.Contains("3 µs", text, StringComparison.Ordinal);
        Assert.Contains("20.5 µs", text, StringComparison.Ordinal);
        Assert.Contains("LOST        17 events", text, StringComparison.Ordinal);
        Assert.Contains("and record again. No verdict can rest on this recording.", text, StringComparison.Ordinal);
    }

    [Fact]
    public void LossesOfOneProcessorLeaveTheOthersWaitsAlone()
    {
        var text = Text("""
            cpus=4
            CPU:2 [14 EVENTS DROPPED]
                      <idle>-0     [001]  1000.000010000: softirq_raise:        vec=9 [action=RCU]
                      <idle>-0     [001]  1000.000015500: softirq_entry:        vec=9 [action=RCU]
                      <idle>-0     [001]  1000.000016500: softirq_exit:         vec=9 [action=RCU]
                      <idle>-0     [002]  1000.000020000: softirq_entry:        vec=9 [action=RCU]
                      <idle>-0     [002]  1000.000021000: softirq_exit:         vec=9 [action=RCU]
            """);

        Assert.Contains("LOST        14 events: CPU 2", text, StringComparison.Ordinal);
        Assert.Contains("CPU 2: 1 softirq ran whose raising is not in the recording", text, StringComparison.Ordinal);
        Assert.Contains("began 5.5 µs later", text, StringComparison.Ordinal);
    }

    [Fact]
    public void ATextWithCarriageReturnsThatIsCutInALineHasWhatIsWhole() => Assert.Equal([("softirq TASKLET", 1L, 80_000L)], Longest(
        "          <idle>-0     [000] d.h. 55.000100: softirq_raise: vec=6 [action=TASKLET]\r\n"
        + "          <idle>-0     [000] ..s. 55.000180: softirq_entry: vec=6 [action=TASKLET]\r\n"
        + "          <idle>-0     [000] ..s. 55.000190: softirq_exit: vec=6 [action=TASKLET]\r\n          <idle>-0     [000] d.h. 55.00"));

    [Fact]
    public void TimerlatsOwnFiguresAreToldInWords()
    {
        var report = Read(new WaitAttribution(new AttributionOptions()), """
            # tracer: timerlat
            #
                      <idle>-0       [001] d.h1.  1054.601234: #21 context    irq timer_latency     3123 ns
                 timerlat/1-991      [001] .....  1054.601260: #21 context thread timer_latency    29102 ns
                      <idle>-0       [001] d.h1.  1054.602234: #22 context    irq timer_latency     1023 ns
                 timerlat/1-991      [001] .....  1054.602240: #22 context thread timer_latency     7102 ns
            """);

        Assert.Equal(["timerlat measured 2 latencies of its irq: 2.073 µs on average, 3.123 µs at most.",
            "timerlat measured 2 latencies of its thread: 18.102 µs on average, 29.102 µs at most."],
            report.TimerLatencies.Select(latency => latency.Value.InWords(latency.Key)));
    }

    [Fact]
    public void AReportInGermanHasTheNumbersOfOneInEnglish()
    {
        var figures = Read(new WaitAttribution(new AttributionOptions()), """
            CONCLUSION
            Your system appears to be having trouble handling real-time audio and other tasks. 
            LatencyMon has been analyzing your system for  0:12:31  (h:mm:ss) on all processors.

            MEASURED INTERRUPT TO USER PROCESS LATENCIES
            Highest measured interrupt to process latency (µs):   12.345,60
            Average measured interrupt to process latency (µs):   7,123456

            Highest measured interrupt to DPC latency (µs):       2.204,10
            Average measured interrupt to DPC latency (µs):       2,345678

             REPORTED ISRs
            Highest ISR routine execution time (µs):              312,40
            Driver with highest ISR routine execution time:       dxgkrnl.sys - DirectX Graphics Kernel, Microsoft Corporation

            Highest reported total ISR routine time (%):          0,012345
            ISR count (execution time <250 µs):                   812.345
            ISR count (execution time 250-500 µs):                2
            ISR count (execution time 500-1000 µs):               0
            ISR count (execution time 1000-2000 µs):              0
            ISR count (execution time 2000-4000 µs):              0
            ISR count (execution time >=4000 µs):                 0

             REPORTED DPCs
            Highest DPC routine execution time (µs):              2.190,70
            Driver with highest DPC routine execution time:       ndis.sys - Network Driver Interface Specification (NDIS), Microsoft Corporation
            DPC count (execution time <250 µs):                   1.812.345
            DPC count (execution time 250-500 µs):                120
            DPC count (execution time 500-10000 µs):              14
            DPC count (execution time 1000-2000 µs):              3
            DPC count (execution time 2000-4000 µs):              1
            DPC count (execution time >=4000 µs):                 0
            """).LatencyMon!;

        Assert.Equal((12_345_600L, 2_190_700L, 312_400L),
            (figures.HighestInterruptToProcess!.Value.Nanoseconds, figures.HighestDpc!.Value.Nanoseconds, figures.HighestIsr!.Value.Nanoseconds));
        Assert.Equal([1_812_345L, 120, 14, 3, 1, 0], figures.DpcBins.Select(bin => bin.Count));
    }

    private static IEnumerable<(string, long, long)> Longest(string text)
    {
        var attribution = new WaitAttribution(new AttributionOptions());
        Read(attribution, text);
        return attribution.Summaries.Select(summary => (summary.Source, summary.Runs, summary.Max.Nanoseconds));
    }

    private static string Text(string text)
    {
        var attribution = new WaitAttribution(new AttributionOptions());
        var report = Read(attribution, text);
        return ExplanationText.Of(Explanation.OfRecording("pasted", attribution, report.Notes), evidence: false, shown: 5);
    }

    private static ImportReport Read(WaitAttribution attribution, string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            return RecordingImporter.Open(path).Import(attribution, null, TestContext.Current.CancellationToken);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
