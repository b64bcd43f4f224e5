using CsCheck;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Tests.Import;

public class FtraceImporterTests
{
    private const string Head = "# tracer: nop\n#\n";

    [Fact]
    public void AHandlerIsAnIsrASoftirqADpcAndARaiseQueuesIt()
    {
        var (machine, report) = RecordedMachine.Of(Head + """
                      <idle>-0       [001] d.h1.  1719.357654: irq_handler_entry: irq=36 name=virtio1-req.0
                      <idle>-0       [001] d.h3.  1719.357656: softirq_raise: vec=4 [action=BLOCK]
                      <idle>-0       [001] d.h3.  1719.357656: softirq_raise: vec=4 [action=BLOCK]
                      <idle>-0       [001] d.h1.  1719.357657: irq_handler_exit: irq=36 ret=handled
                      <idle>-0       [001] ..s1.  1719.357658: softirq_entry: vec=4 [action=BLOCK]
                      <idle>-0       [001] .Ns1.  1719.357665: softirq_exit: vec=4 [action=BLOCK]

            """);
        Assert.Equal(["Isr 1 virtio1-req.0 1719357654000..1719357657000 36", "Dpc 1 softirq BLOCK 1719357658000..1719357665000 4"], machine.Lines);
        Assert.Equal([InstantKind.DpcQueued, InstantKind.DpcCoalesced], machine.Instants.Select(i => i.Kind));
        Assert.Empty(report.Skipped);
    }

    [Theory]
    [InlineData("prev_comm=a b prev_pid=1 prev_prio=120 prev_state=S ==> next_comm={0} next_pid={1} next_prio=120")]
    [InlineData("a b:1 [120] S ==> {0}:{1} [120]")]
    public void ASwitchBeginsAThreadWhichEndsWithTheNext(string form)
    {
        string Switch(string comm, int pid) => form.Replace("{0}", comm, StringComparison.Ordinal).Replace("{1}", $"{pid}", StringComparison.Ordinal);
        var (machine, report) = RecordedMachine.Of(Head + $"""
            a-1 [001] d... 1.000001: sched_switch: {Switch("Web Content", 7)}
            a-1 [001] d... 1.000003: sched_switch: {Switch("swapper/1", 0)}
            a-1 [001] d... 1.000009: sched_switch: {Switch("Web Content", 7)}

            """);
        Assert.Equal(["Thread 1 Web Content:7 1000001000..1000003000 -1", "Thread 1 idle 1000003000..1000009000 -1"], machine.Lines);
        Assert.Equal(["Web Content:7", "idle", "Web Content:7"],
            machine.Instants.Where(i => i.Kind == InstantKind.ThreadRuns).Select(i => machine.Sources[i.Source]));
        Assert.Empty(report.Skipped);
    }

    [Fact]
    public void AnEventThatIsAskedForIsTold()
    {
        var (machine, _) = RecordedMachine.Of(
            Head + "a-1 [001] d... 1.000001: mycard_overrun: chunk=7\na-1 [001] d... 1.000002: mycard_other: chunk=7\n",
            events: ["mycard_overrun"]);
        var told = Assert.Single(machine.Instants);
        Assert.Equal((InstantKind.Event, "mycard_overrun", 1_000_001_000L), (told.Kind, machine.Sources[told.Source], told.Time.Nanoseconds));
    }

    // trace-formats B5: flags of 4 to 7 characters, a TGID, tasks with blanks, dashes, slashes and brackets, nanoseconds, perf's two forms.
    [Theory]
    [InlineData("ping-887859  [013] D..1. 16907.951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("ping-887859  (  12) [013] D..1 16907.951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("my-device-123   (-------) [013] dNLh2.. 16907.951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("kworker/u8:2-ev [7] -99 [013] .... 16907.951252000: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("<...>-99 [013] 16907.951252: softirq_{0}:  vec=3 [action=NET_RX]")]
    [InlineData("Web Content  1262 [013] 16907.951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("swapper     0/0    [013]  16907.951252:  irq:softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData(" [013] 16907.951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("<idle> [013] d.h. 16907.951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("<idle>-0    [013]   16907.951252:  softirq_{0}   vec=3  action=NET_RX_SOFTIRQ")]
    [InlineData("<idle>-0    [013]   16907.951252 : softirq_{0} : softirq=3 action=NET_RX")]
    [InlineData("> > swapper-0 [013] d.h. 16907.951252: softirq_{0}: vec=3 [action=NET_RX]\r")]
    [InlineData("&lt;idle&gt;-0\t[013]\t..s. 16907.951252:\tsoftirq_{0}:\tvec=3 [action=NET_RX]")]
    [InlineData("\u00a0<idle>-0\u00a0[013] ..s. 16907.951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("swapper     0 [013]  16907.951252:          1 irq:softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("  <idle>-0        13..s1. 16907951252us : softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("  <idle>-0        13dNs.. 16907951252us+: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("  <idle>-0        13dNs.3 16907.951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("  <idle>-0     [013]  16907.951252: (+1234)  softirq_{0}:        vec=3 [action=NET_RX]")]
    [InlineData("  <idle>-0     [013]-0x1  16907.951252:          softirq_{0}:        vec=0x3")]
    [InlineData("<idle>-0 [013] 16907.951252: softirq_{0}: vec=3")]
    [InlineData("<idle>-0 [013]16907951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("<idle>-0 [013] ..s1. 16907951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("<idle>-0 13..s1. 16907951252: softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("<idle>  0  13 16 00000101 00000012 [3efc9bb94] 16907951.252ms (+0.020ms): softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("my  task  7  13 9 00010101 00000012 [00000003efc9bb94] 16907951252 (+20): softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("Nov 20 10:11:12 host kernel: <idle>-0 13..s1. 16907951252us : softirq_{0}: vec=3 [action=NET_RX]")]
    [InlineData("\u001b[1;32m<idle>-0\u001b[0m [013] 16907.951252: \u001b[33msoftirq_{0}\u001b[m\u001b[K: vec=3 [action=NET_RX]")]
    [InlineData("<idle>-0 [013] 16907.951252: softirq_{0}: vec=3D3 [action=3DNET_RX]")]
    [InlineData("<idle>-0 [013] 16907.951252: softirq_{0}: vec=3D3 [action=3D=\nNET_RX]")]
    public void EveryFormOfALineIsRead(string form)
    {
        var (machine, report) = RecordedMachine.Of(form.Replace("{0}", "entry", StringComparison.Ordinal) + "\n"
            + form.Replace("{0}", "exit", StringComparison.Ordinal) + "\n", clockRate: 1e6);
        Assert.Equal(["Dpc 13 softirq NET_RX 16907951252000..16907951252000 3"], machine.Lines);
        Assert.Equal((1, 0), (report.ZeroLength, report.Skipped.Count));
    }

    [Fact]
    public void LinesWithoutAProcessorAreTakenForOnesAndThatIsSaid()
    {
        var (machine, report) = RecordedMachine.Of("""
            task-1 ..s1. 1.000001: softirq_entry: vec=3 [action=NET_RX]
            1.000004: softirq_exit: vec=3 [action=NET_RX]

            """);
        Assert.Equal(["Dpc 0 softirq NET_RX 1000001000..1000004000 3"], machine.Lines);
        Assert.Contains(report.Notes, note => note.StartsWith("No line names a processor", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatIsNotUnderstoodIsCountedByKindWithOneExample()
    {
        var (_, report) = RecordedMachine.Of(Head + """
            a-1 [000] ..s. 1.000001: softirq_entry: vec=3 [action=NET_RX]
            a-1 [000] 77 softirq_exit: vec=3
            b-1 [000] 78 softirq_exit: vec=3
            a-1 [000] ..s. 1.000002: softirq_exit: vector

            """);
        Assert.Equal([("fields not as expected", 1L, 6L), ("line that is no event", 2, 4)],
            report.NotUnderstood.Select(kind => (kind.Key, kind.Value.Count, kind.Value.Line)));
        Assert.Equal("a-1 [000] 77 softirq_exit: vec=3", report.NotUnderstood["line that is no event"].Example);
        Assert.Equal((6L, 3L), (report.Lines, report.Understood));
    }

    // Of x86-tsc nobody but who recorded knows how fast it counts.
    [Fact]
    public void CountsOfAClockAreTimesOnlyIfItsRateIsGiven()
    {
        const string Text = """
            a-1 [000] d.h1. 834512345678: softirq_raise: vec=3 [action=NET_RX]
            a-1 [000] ..s1. 834512393678: softirq_entry: vec=3 [action=NET_RX]
            a-1 [000] ..s1. 834512417678: softirq_exit: vec=3 [action=NET_RX]

            """;
        var (machine, report) = RecordedMachine.Of(Text);
        Assert.Empty(machine.Intervals);
        Assert.False(report.IsAnythingRead);
        Assert.Contains("say it by --clock-rate", UnreadText.Refusal("x", report), StringComparison.Ordinal);

        (machine, _) = RecordedMachine.Of(Text, clockRate: 2.4e9);
        Assert.Equal(10_000, Assert.Single(machine.Intervals).End.Nanoseconds - machine.Intervals[0].Begin.Nanoseconds);
        Assert.Equal(20_000, machine.Intervals[0].Begin.Nanoseconds - machine.Instants[0].Time.Nanoseconds);
    }

    // Verbose flags are a number, of which 16 is the softirq: the raise at 3 came when the mask was taken, though no handler had begun.
    [Fact]
    public void TheVerboseLatencyFormatTellsWhetherARoundHasBegun()
    {
        var (machine, _) = RecordedMachine.Of("""
            # tracer: nop
            #
            # nop latency trace v1.1.5 on 6.1.0
            <idle>       0   1 9 00010101 00000000 [0001e2a7] 123.001ms (+0.001ms): softirq_raise: vec=4 [action=BLOCK]
            <idle>       0   1 25 00010101 00000001 [0001e2aa] 123.003ms (+0.030ms): softirq_raise: vec=9 [action=RCU]
            <idle>       0   1 16 00000101 00000002 [0001e2c8] 123.037ms (+0.020ms): softirq_entry: vec=4 [action=BLOCK]
            <idle>       0   1 16 00000101 00000003 [0001e2dc] 123.057ms (+0.000ms): softirq_exit: vec=4 [action=BLOCK]

            """);
        Assert.Equal(["Dpc 1 softirq BLOCK 123037000..123057000 4"], machine.Lines);
        Assert.Equal(["softirq BLOCK"], machine.Taken.Select(taken => machine.Sources[taken.Source]));
    }

    [Theory]
    [InlineData("...")]
    [InlineData("> [...]")]
    [InlineData("\u2026")]
    [InlineData("[snip]")]
    [InlineData("<snipped 200 lines>")]
    [InlineData("--- cut ---")]
    [InlineData("---- 8< ----- snip")]
    public void NothingIsPairedWhereLinesWereLeftOut(string mark)
    {
        var (machine, report) = RecordedMachine.Of($"""
            a-1 [000] ..s. 1.000001: softirq_entry: vec=3 [action=NET_RX]
            {mark}
            a-1 [000] ..s. 1.900000: softirq_exit: vec=3 [action=NET_RX]
            a-1 [000] ..s. 1.900001: softirq_entry: vec=3 [action=NET_RX]
            a-1 [000] ..s. 1.900003: softirq_exit: vec=3 [action=NET_RX]

            """);
        Assert.Equal(["Dpc 0 softirq NET_RX 1900001000..1900003000 3"], machine.Lines);
        Assert.Empty(report.NotUnderstood);
        Assert.Contains(report.Notes, note => note.Contains("left out", StringComparison.Ordinal));
    }

    // The latency format has the first eight letters of a task's name; PREEMPT_RT has a thread of its own for timers.
    [Theory]
    [InlineData("ksoftirqd/1-22      [001] ..s.. ")]
    [InlineData("ksoftirq-22      1..s.. ")]
    [InlineData("ktimers/1-23      [001] ..s.. ")]
    public void KsoftirqdIsAThreadedDpc(string task)
    {
        var (machine, _) = RecordedMachine.Of(Head + $"""
            {task} 1719.392052: softirq_entry: vec=7 [action=SCHED]
            {task} 1719.392055: softirq_exit: vec=7 [action=SCHED]

            """);
        Assert.Equal(["ThreadedDpc 1 softirq SCHED 1719392052000..1719392055000 7"], machine.Lines);
    }

    // trace-cmd's trace-read.c, print_handle_file: of several recordings each line begins with its file, and CPU 0 is not CPU 0.
    [Fact]
    public void OfSeveralRecordingsInATextTheFirstIsReadAndTheOthersAreNotTakenForIt()
    {
        var (machine, report) = RecordedMachine.Of("""
              host.dat: cpus=2
             guest.dat: cpus=2
              host.dat:           <idle>-0     [000]     1.000001: softirq_entry:        vec=3 [action=NET_RX]
             guest.dat:           <idle>-0     [000]     1.000002: softirq_exit:         vec=3 [action=NET_RX]
              host.dat:      ksoftirqd/0-9     [000]     1.000004: softirq_exit:         vec=3 [action=NET_RX]

            """);
        Assert.Equal(["Dpc 0 softirq NET_RX 1000001000..1000004000 3"], machine.Lines);
        Assert.Equal(("line of another machine's recording", 1L), Assert.Single(report.NotUnderstood.Select(kind => (kind.Key, kind.Value.Count))));
    }

    [Fact]
    public void InstancesOfARecordingAreOfOneMachine()
    {
        var (machine, report) = RecordedMachine.Of("""
                      cpus=2
              mine: cpus=2
                                <idle>-0     [000]     1.000001: softirq_entry:        vec=3 [action=NET_RX]
              mine:             <idle>-0     [000]     1.000004: softirq_exit:         vec=3 [action=NET_RX]

            """);
        Assert.Equal(["Dpc 0 softirq NET_RX 1000001000..1000004000 3"], machine.Lines);
        Assert.Empty(report.NotUnderstood);
    }

    // trace-cmd report --debug: a page of the buffer begins, and nothing is missing. And perf script -g: the stack of the event before.
    [Fact]
    public void WhereAPageBeginsNothingIsLostAndAStackIsUnderstood()
    {
        var (machine, report) = RecordedMachine.Of(Head + """
            a-1 [001] ..s. 1.000001: softirq_entry: vec=3 [action=NET_RX]
                ffffffff81a02c4e asm_common_interrupt+0x1e ([kernel.kallsyms])
            CPU:1 [SUBBUFFER START] [1000001000:0x5000]
            a-1 [001] ..s. 1.000009: softirq_exit: vec=3 [action=NET_RX]

            """);
        Assert.Equal(["Dpc 1 softirq NET_RX 1000001000..1000009000 3"], machine.Lines);
        Assert.Equal((0, 0, 0), (machine.LossesAt.Count, machine.Losses.Count, report.NotUnderstood.Count));
    }

    [Fact]
    public void AVectorMayHoldAHandlerAndATaskletLiesInItsSoftirq()
    {
        var (machine, report) = RecordedMachine.Of(Head + """
            a-1 [000] d.h. 1.000001: local_timer_entry: vector=236
            a-1 [000] d.h. 1.000002: irq_handler_entry: irq=9 name=acpi
            a-1 [000] d.h. 1.000003: irq_handler_exit: irq=9 ret=handled
            a-1 [000] d.h. 1.000004: local_timer_exit: vector=236
            a-1 [000] ..s. 1.000005: softirq_entry: vec=6 [action=TASKLET]
            a-1 [000] ..s. 1.000006: tasklet_entry: tasklet=00000000f7 function=tasklet_callback
            a-1 [000] ..s. 1.000008: tasklet_exit: tasklet=00000000f7 function=tasklet_callback
            a-1 [000] ..s. 1.000009: softirq_exit: vec=6 [action=TASKLET]

            """);
        Assert.Equal([
            "Isr 0 acpi 1000002000..1000003000 9", "Isr 0 local_timer 1000001000..1000004000 236",
            "Dpc 0 tasklet_callback 1000006000..1000008000 -1", "Dpc 0 softirq TASKLET 1000005000..1000009000 6",
        ], machine.Lines);
        Assert.Empty(report.Skipped);
    }

    // kernel/softirq.c: the mask is taken whole; what is raised after that waits for the next round, though its handler has not run yet.
    [Fact]
    public void ARaiseAfterTheMaskWasTakenQueuesAnotherRun()
    {
        var (machine, report) = RecordedMachine.Of(Head + """
            a-1 [000] d... 1.000001: softirq_raise: vec=1 [action=TIMER]
            a-1 [000] d... 1.000001: softirq_raise: vec=3 [action=NET_RX]
            a-1 [000] ..s. 1.000002: softirq_entry: vec=1 [action=TIMER]
            a-1 [000] d.s. 1.000003: softirq_raise: vec=3 [action=NET_RX]
            a-1 [000] ..s. 1.000004: softirq_exit: vec=1 [action=TIMER]
            a-1 [000] ..s. 1.000004: softirq_entry: vec=3 [action=NET_RX]
            a-1 [000] ..s. 1.000005: softirq_exit: vec=3 [action=NET_RX]
            a-1 [000] ..s. 1.000006: softirq_entry: vec=3 [action=NET_RX]
            a-1 [000] ..s. 1.000007: softirq_exit: vec=3 [action=NET_RX]

            """);
        Assert.All(machine.Instants, i => Assert.Equal(InstantKind.DpcQueued, i.Kind));
        Assert.Equal(3, machine.Intervals.Count);
        Assert.Equal([2_000, 2_000, 6_000], machine.Taken.Select(taken => taken.Time.Nanoseconds % 1_000_000));
        Assert.StartsWith("A softirq's run answers what was raised before its round began", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public void EntryWithoutExitAndExitWithoutEntryAreCountedAndNotGuessed()
    {
        var (machine, report) = RecordedMachine.Of(Head + """
            a-1 [000] ..s. 1.000001: softirq_exit: vec=3 [action=NET_RX]
            a-1 [000] d.h. 1.000002: irq_handler_entry: irq=9 name=acpi
            a-1 [000] ..s. 1.000003: softirq_entry: vec=3 [action=NET_RX]
            a-1 [000] ..s. 1.000004: softirq_entry: vec=4 [action=BLOCK]
            a-1 [000] ..s. 1.000003: softirq_exit: vec=4 [action=BLOCK]
            a-1 [000] ..s. 1.000005: sched_wakeup: comm=a pid=1
            a-1 [000] d.h. 1.000006: irq_handler_exit: irq=ni
            hello

            """);
        Assert.Empty(machine.Intervals);
        Assert.Equal([
            ("entry without exit", 3L), ("event of no interest", 1), ("exit without entry", 1), ("fields not as expected", 1),
            ("line that is no event", 1), ("time ran backwards on a processor", 1),
        ], report.Skipped.Select(s => (s.Key, s.Value)));
    }

    [Fact]
    public void LostEventsAreSaidWithWhatToDoAndCloseWhatWasOpen()
    {
        var (machine, report) = RecordedMachine.Of(Head + """
            a-1 [001] ..s. 1.000001: softirq_entry: vec=3 [action=NET_RX]
            CPU:1 [LOST 1234 EVENTS]
            a-1 [001] ..s. 1.000009: softirq_exit: vec=3 [action=NET_RX]

            """);
        Assert.Empty(machine.Intervals);
        Assert.Equal(((ushort)1, 1234L), Assert.Single(machine.LossesAt));
        Assert.Empty(machine.Losses);
        Assert.Equal(1, report.Skipped["entry without exit"]);
        Assert.Equal(1, report.Skipped["exit without entry"]);
    }

    // As at a recording's beginning: it may have been raised before, and has waited at least so long.
    [Fact]
    public void TheFirstRaiseAfterALossStartsTheClock()
    {
        var (machine, _) = RecordedMachine.Of(Head + """
            a-1 [001] ..s. 1.000000: softirq_raise: vec=3 [action=NET_RX]
            CPU:1 [LOST 1234 EVENTS]
            a-1 [001] ..s. 1.000001: softirq_raise: vec=3 [action=NET_RX]
            a-1 [001] ..s. 1.000002: softirq_entry: vec=3 [action=NET_RX]
            a-1 [001] ..s. 1.000003: softirq_exit: vec=3 [action=NET_RX]
            a-1 [001] ..s. 1.000004: softirq_raise: vec=3 [action=NET_RX]

            """);
        Assert.All(machine.Instants, instant => Assert.Equal(InstantKind.DpcQueued, instant.Kind));
    }

    // What each tool prints: the kernel's trace.c, trace-cmd's trace-read.c and trace-record.c, perf's event.c and builtin-trace.c.
    [Theory]
    [InlineData("CPU:1 [LOST 1234 EVENTS]", 1, 1234)]
    [InlineData("CPU:1 [LOST EVENTS]", 1, 0)]
    [InlineData("CPU:1 [204,600 EVENTS DROPPED]", 1, 204600)]
    [InlineData("CPU:1 [EVENTS DROPPED]", 1, 0)]
    [InlineData("> CPU:1 [SOMETHING NEW]", 1, 0)]
    [InlineData("##### CPU 1 buffer started ####", 1, 0)]
    [InlineData("CPU 1: 123 events lost", 1, 123)]
    [InlineData("CPU 1: 12 events lost due to commit overrun", 1, 12)]
    [InlineData("perf 77 [001] 1.000002: PERF_RECORD_LOST lost 12", 1, 12)]
    [InlineData("perf 77 [001] 1.000002: PERF_RECORD_LOST_SAMPLES", 1, 0)]
    [InlineData("[lost 12 events]", -1, 12)]
    [InlineData("LOST 12 events!", -1, 12)]
    [InlineData("PERF_RECORD_LOST lost 12", -1, 12)]
    public void NothingIsPairedAcrossALossHoweverItIsMarked(string mark, int processor, long events)
    {
        var text = Head + $"""
            a-1 [001] d.h. 1.000000: irq_handler_entry: irq=9 name=acpi
            a-1 [001] d.h. 1.000001: softirq_raise: vec=3 [action=NET_RX]
            {mark}
            a-1 [001] d.h. 1.000003: irq_handler_exit: irq=9 ret=handled
            a-1 [001] ..s. 1.000004: softirq_entry: vec=3 [action=NET_RX]
            a-1 [001] ..s. 1.000005: softirq_exit: vec=3 [action=NET_RX]

            """;
        var (machine, report) = RecordedMachine.Of(text);
        Assert.Equal(["Dpc 1 softirq NET_RX 1000004000..1000005000 3"], machine.Lines);
        Assert.Equal(processor >= 0 ? [((ushort)processor, events)] : [], machine.LossesAt);
        Assert.Equal(processor >= 0 ? [] : [events], machine.Losses.Select(loss => loss.Events));
        Assert.Empty(report.NotUnderstood);
        var attribution = new Pcie.Diagnosis.Attribution.WaitAttribution(new Pcie.Diagnosis.Attribution.AttributionOptions());
        Pcie.Diagnosis.Import.RecordingImporter.Open(() => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)), "x")
            .Import(attribution, null, TestContext.Current.CancellationToken);
        Assert.Empty(attribution.Summaries);
        Assert.Equal(1, attribution.RunsWithoutRequest);
    }

    // Of sums nobody knows where the events are missing; and a sum of nothing is no loss.
    [Theory]
    [InlineData("overrun: 12", 12)]
    [InlineData("dropped events: 3", 3)]
    [InlineData("overrun: 0", null)]
    [InlineData("dropped events: 0", null)]
    [InlineData("CPU 1: 7 events lost", 7)]
    [InlineData("Processed 100 events and lost 5 chunks!", 5)]
    [InlineData("Processed 100 samples and lost 7.50%!", 0)]
    public void ASumOfLossesIsOfTheWholeRecording(string line, int? events)
    {
        var (machine, report) = RecordedMachine.Of($"a-1 [001] d.h. 1.000001: softirq_raise: vec=3 [action=NET_RX]\n{line}\n");
        Assert.Equal(events is { } some ? [some] : [], machine.Losses.Select(loss => (int)loss.Events));
        Assert.Empty(machine.LossesAt);
        Assert.Empty(report.NotUnderstood);
    }

    // kernel/softirq.c: interrupts are let in between taking the mask and the first handler. The flag H says so: an interrupt in a softirq.
    [Fact]
    public void WhatIsRaisedBetweenTakingTheMaskAndTheFirstHandlerIsOfTheNextRound()
    {
        var (machine, _) = RecordedMachine.Of("""
            a-1 [001] d.h1. 1.528047: softirq_raise: vec=7 [action=SCHED]
            a-1 [001] d.H1. 1.528057: softirq_raise: vec=9 [action=RCU]
            a-1 [001] d.H1. 1.528059: softirq_raise: vec=7 [action=SCHED]
            a-1 [001] ..s1. 1.528067: softirq_entry: vec=7 [action=SCHED]
            a-1 [001] ..s1. 1.528074: softirq_exit: vec=7 [action=SCHED]
            a-1 [001] ..s1. 1.528074: softirq_entry: vec=7 [action=SCHED]
            a-1 [001] ..s1. 1.528075: softirq_exit: vec=7 [action=SCHED]
            a-1 [001] ..s1. 1.528076: softirq_entry: vec=9 [action=RCU]
            a-1 [001] ..s1. 1.528081: softirq_exit: vec=9 [action=RCU]

            """);
        Assert.All(machine.Instants, instant => Assert.Equal(InstantKind.DpcQueued, instant.Kind));
        Assert.Equal([57, 74, 74], machine.Taken.Select(taken => taken.Time.Nanoseconds / 1000 % 1000));
    }

    // The thread of an interrupt is to its handler what a DPC is to an ISR.
    [Fact]
    public void AThreadedInterruptWaitsFromItsWakingToItsRunning()
    {
        var (machine, report) = RecordedMachine.Of(Head + """
            a-1 [001] d.h. 1.000001: irq_handler_entry: irq=42 name=card
            a-1 [001] d.h. 1.000002: sched_waking: comm=irq/42-card pid=99 prio=49 target_cpu=001
            a-1 [001] d.h. 1.000003: sched_wakeup: comm=irq/42-card pid=99 prio=49 target_cpu=001
            a-1 [001] d.h. 1.000004: irq_handler_exit: irq=42 ret=handled
            a-1 [001] d... 1.000010: sched_switch: prev_comm=a prev_pid=1 prev_prio=120 ==> next_comm=irq/42-card next_pid=99
            irq/42-card-99 [001] d... 1.000030: sched_switch: prev_comm=irq/42-card prev_pid=99 prev_state=S ==> next_comm=a next_pid=1

            """);
        Assert.Equal(["Isr 1 card 1000001000..1000004000 42", "Thread 1 a:1 1000001000..1000010000 -1",
            "ThreadedDpc 1 irq/42-card:99 1000010000..1000030000 -1"], machine.Lines);
        Assert.Equal(1_000_002_000, Assert.Single(machine.Instants, i => i.Kind == InstantKind.DpcQueued).Time.Nanoseconds);
        Assert.Empty(report.Skipped);
    }

    [Fact]
    public void ALossOfWhichNobodyKnowsWhereIsToldAsOne()
    {
        var (machine, _) = RecordedMachine.Of(
            Head + "PERF_RECORD_LOST lost 12\n" + "a-1 [001] ..s. 1.000001: softirq_raise: vec=3 [action=NET_RX]\n");
        Assert.Equal(12, Assert.Single(machine.Losses).Events);
    }

    [Fact]
    public void ALastLineThatIsCutOffIsCounted()
    {
        const string Whole = "a-1 [000] ..s. 1.000001: softirq_entry: vec=3 [action=NET_RX]\n";
        var (_, report) = RecordedMachine.Of(Whole + "a-1 [000] ..s. 1.0000");
        Assert.Equal(1, report.Skipped["last line cut off"]);
    }

    // trace-formats B5: osnoise durations are net of what nested. timer_latency is gross.
    [Fact]
    public void NoiseReachesToItsRealEndAndTimerLatenciesAreKept()
    {
        var (machine, report) = RecordedMachine.Of(Head + """
                         cc1-87882   [005] d..h...   548.771078: #402268 context    irq timer_latency     13585 ns
                         cc1-87882   [005] dNLh1..   548.771082: irq_noise: local_timer:236 start 548.771079442 duration 2000 ns
                         cc1-87882   [005] dNLh2..   548.771099: irq_noise: qxl:21 start 548.771085017 duration 7139 ns
                         cc1-87882   [005] d...3..   548.771102: thread_noise:      cc1:87882 start 548.771078243 duration 9909 ns
                  timerlat/5-1035    [005] .......   548.771104: #402268 context thread timer_latency     39960 ns

            """);
        Assert.Equal([
            "Isr 5 local_timer 548771079442..548771081442 236", "Isr 5 qxl 548771085017..548771092156 21",
            "Thread 5 cc1:87882 548771078243..548771097291 87882",
        ], machine.Lines);
        Assert.Equal(new TimerLatency(1, 13_585, 13_585), report.TimerLatencies["irq"]);
        Assert.Equal(new TimerLatency(1, 39_960, 39_960), report.TimerLatencies["thread"]);
    }

    [Fact]
    public void RandomNestingsComeBackAsTheyWere() => Gen.Int[0, 5].Array[0, 400].Sample(choices =>
    {
        var text = new System.Text.StringBuilder(Head);
        var expected = new List<string>();
        var open = new Stack<(int Irq, long Begin)>();
        long now = 1_000, softirq = -1;
        foreach (var choice in choices)
        {
            now += choice + 1;
            if (choice <= 1 && open.Count < 6)
            {
                open.Push((open.Count, now));
                Line($"irq_handler_entry: irq={open.Count - 1} name=dev {open.Count - 1}");
            }
            else if (choice <= 3 && open.TryPop(out var isr))
            {
                Line($"irq_handler_exit: irq={isr.Irq} ret=handled");
                expected.Add($"Isr 2 dev {isr.Irq} {isr.Begin * 1000}..{now * 1000} {isr.Irq}");
            }
            else if (open.Count == 0 && softirq < 0)
            {
                softirq = now;
                Line("softirq_entry: vec=8 [action=HRTIMER]");
            }
            else if (open.Count == 0)
            {
                Line("softirq_exit: vec=8 [action=HRTIMER]");
                expected.Add($"Dpc 2 softirq HRTIMER {softirq * 1000}..{now * 1000} 8");
                softirq = -1;
            }
        }
        var (machine, _) = RecordedMachine.Of(text.ToString());
        Assert.Equal(expected, machine.Lines);
        Assert.Equal(0, machine.OutOfOrder);

        void Line(string rest) => text.Append(System.Globalization.CultureInfo.InvariantCulture,
            $"  a b-c-7  [002] d.h1.  {now / 1_000_000}.{now % 1_000_000:000000}: {rest}\n");
    }, iter: 300);
}
