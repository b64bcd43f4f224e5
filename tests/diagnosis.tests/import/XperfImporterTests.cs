using CsCheck;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Tests.Import;

/// <summary>
/// Rows of Interrupt and DPC are written after real heads: no real rows are known to us. Those of CSwitch are real.
/// </summary>
public class XperfImporterTests
{
    private static readonly string Head = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "xperf-head.txt"));
    private static readonly string Rows = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "xperf-rows.txt"));

    [Fact]
    public void AContextSwitchBeforeTheLastOneIsCountedAndGivesNoInterval()
    {
        var (machine, report) = RecordedMachine.Of("BeginHeader\n CSwitch, TimeStamp, New Process Name ( PID), CPU\n"
            + " DPC, TimeStamp, ElapsedTime, CPU, Image!Function\nEndHeader\n"
            + " CSwitch, 200, a.exe (1), 2\n CSwitch, 100, b.exe (2), 2\n CSwitch, 300, b.exe (2), 2\n");
        Assert.Equal(["Thread 2 a.exe (1) 200000..300000 -1"], machine.Lines);
        Assert.Equal(1, report.Skipped["time ran backwards on a processor"]);
    }

    [Fact]
    public void RowsAreReadByTheColumnsOfTheHead()
    {
        var (machine, report) = RecordedMachine.Of(Head + Rows);
        Assert.Equal(RecordingFormat.XperfDumper, report.Format);
        Assert.Equal([
            "Isr 2 storport.sys!RaidpAdapterInterruptRoutine 16000..20000 81", "Dpc 2 storport.sys!RaidpAdapterDpcRoutine 20000..120000 -1",
            "TimerDpc 2 ntoskrnl.exe!Ki,Timer 130000..130000 -1",
            "ThreadedDpc 2 Wdf01000.sys!FxInterrupt::_InterruptDpcThunk 140000..150000 -1",
            "Thread 2 MsMpEng.exe (3016) 200000..250000 -1",
        ], machine.Lines);
        Assert.Equal("mpengine.dll!Scan", machine.Sources[Assert.Single(machine.Instants, i => i.Kind == InstantKind.Sample).Source]);
        Assert.Equal((1L, 1L), (report.ZeroLength, report.ProviderEvents["Acme/Overrun/win:Info"]));
        Assert.Contains("WDF_DPC", Assert.Single(report.Notes), StringComparison.Ordinal);
        Assert.Equal([
            ("\"Error:\" line", 1L), ("began before the recording", 1), ("cells missing", 1), ("number not readable", 1),
            ("row of no interest", 2), ("row that the head does not name", 1), ("stack row", 1),
        ], report.Skipped.Select(s => (s.Key, s.Value)));
    }

    [Fact]
    public void ColumnsMayStandInAnotherOrderAndNewOnesAmongThem()
    {
        var (machine, _) = RecordedMachine.Of("""
            BeginHeader
                DPC, CPU, Novelty, TimeStamp, Image!Function, ElapsedTime
            EndHeader
                DPC, 3, "a, b", 50, x.sys!F, 20

            """);
        Assert.Equal(["Dpc 3 x.sys!F 30000..50000 -1"], machine.Lines);
    }

    [Fact]
    public void AHeadWithoutAColumnThatIsNeededIsRefusedByName() => Assert.Contains("gives DPC no column ElapsedTime",
        Assert.Throws<InvalidDataException>(() => RecordedMachine.Of("BeginHeader\n DPC, TimeStamp, CPU, Image!Function\nEndHeader\n")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void LostEventsAndBuffersAreSaid()
    {
        var (machine, _) = RecordedMachine.Of(
            Head.Replace("Events Lost: 0, Buffers lost: 0", "Events Lost: 7, Buffers lost: 2", StringComparison.Ordinal));
        var (events, what) = Assert.Single(machine.Losses);
        Assert.Equal(7, events);
        Assert.Contains("7 events and 2 buffers", what, StringComparison.Ordinal);
        Assert.Contains("-BufferSize", what, StringComparison.Ordinal);
    }

    [Fact]
    public void LossesOfThousandsAreSaid() => Assert.Equal(1_234_567, Assert.Single(RecordedMachine.Of(
        Head.Replace("Events Lost: 0, Buffers lost: 0", "Events Lost: 1,234,567, Buffers lost: 0", StringComparison.Ordinal)).Machine.Losses).Events);

    // xperf's own warning above the text, and an event of ETW's in it.
    [Theory]
    [InlineData("\t\t336273 Events were lost in this trace.  Data may be unreliable.\r\n", "", 336_273)]
    [InlineData("", "            RT_LostEvent,      16000, 0\n", 0)]
    public void LossesThatStandElsewhereAreSaidToo(string before, string row, long lost) => Assert.Equal(lost, Assert.Single(RecordedMachine.Of(
        before + Head.Replace("EndHeader", "RT_LostEvent, TimeStamp, CPU\nEndHeader", StringComparison.Ordinal) + row).Machine.Losses).Events);

    [Theory]
    [InlineData("> ")]
    [InlineData("    ")]
    public void ATextThatIsQuotedOrIndentedIsReadAlike(string mark)
    {
        var (machine, report) = RecordedMachine.Of(mark + (Head + Rows).ReplaceLineEndings("\r\n" + mark));
        var (plain, _) = RecordedMachine.Of(Head + Rows);
        Assert.Equal(plain.Lines, machine.Lines);
        Assert.Equal(RecordingFormat.XperfDumper, report.Format);
    }

    [Fact]
    public void NoOverlapEitherWayMeansTheEnd() => Assert.Equal(TimestampMeaning.End, RecordedMachine.Of(Head + Rows).Report.Timestamps);

    [Theory]
    [InlineData(TimestampMeaning.Start)]
    [InlineData(TimestampMeaning.End)]
    public void WhatATimestampMeansIsFoundByOverlaps(TimestampMeaning truth) => RowsOfDpcs.Sample(dpcs =>
    {
        var rows = new System.Text.StringBuilder(Head);
        foreach (var (begin, length) in dpcs)
            rows.Append(System.Globalization.CultureInfo.InvariantCulture,
                $"  DPC, {(truth == TimestampMeaning.Start ? begin : begin + length)}, {length}, 1, 0xffff, x.sys!F\n");
        var (machine, report) = RecordedMachine.Of(rows.ToString());
        Assert.Equal(truth, report.Timestamps);
        Assert.Equal(dpcs.Select(d => $"Dpc 1 x.sys!F {d.Begin * 1000}..{(d.Begin + d.Length) * 1000} -1"), machine.Lines);
    }, iter: 100);

    [Fact]
    public void WithStartTimesWhatLiesInsideIsToldFirst()
    {
        var (machine, _) = RecordedMachine.Of(Head + """
            DPC, 100, 50, 1, 0xffff, x.sys!F
            Interrupt, 110, 5, 1, 81, 0, 0, 0xffff, y.sys!I
            DPC, 200, 5, 1, 0xffff, x.sys!F

            """, TimestampMeaning.Start);
        Assert.Equal(["Isr 1 y.sys!I 110000..115000 81", "Dpc 1 x.sys!F 100000..150000 -1", "Dpc 1 x.sys!F 200000..205000 -1"], machine.Lines);
        Assert.Equal(0, machine.OutOfOrder);
    }

    // trace-formats B1: WDF traces the callback before it calls it. What the dumper calls the rows is not known, only what they must have.
    private const string Framework = """
        BeginHeader
            Interrupt,  TimeStamp, ElapsedTime, CPU, ServiceAddr, Image!Function
                  DPC,  TimeStamp, ElapsedTime, CPU, ServiceAddr, Image!Function
               WdfDpc,  TimeStamp, CPU, CallbackAddr, Image!Function
         WdfInterrupt,  TimeStamp, CPU, CallbackAddr
          WdfWorkItem,  TimeStamp, CPU, CallbackAddr
        EndHeader

        """;

    private static readonly (long At, string Row)[] FrameworkRows =
    [
        (100, "Interrupt, {0}, 20, 1, 0xfff1, Wdf01000.sys!FxInterrupt::_InterruptThunk"), (105, "WdfInterrupt, 105, 1, 0xfff7"),
        (130, "DPC, {0}, 100, 1, 0xfff2, Wdf01000.sys!FxInterrupt::_InterruptDpcThunk"), (131, "WdfDpc, 131, 1, 0xfff8, card.sys!EvtDpc"),
        (132, "WdfDpc, 132, 2, 0xfff8, other.sys!EvtDpc"), (133, "WdfWorkItem, 133, 1, 0xfff8"),
        // In the DPC, and of a driver that is not KMDF's; and one that is.
        (140, "Interrupt, {0}, 10, 1, 0xfff3, ndis.sys!ndisIsr"), (160, "Interrupt, {0}, 20, 1, 0xfff1, Wdf01000.sys!FxInterrupt::_InterruptThunk"),
        (161, "WdfInterrupt, 161, 1, 0xfff9"), (240, "DPC, {0}, 5, 1, 0xfff2, Wdf01000.sys!FxDpc::FxDpcThunk"),
    ];

    [Theory]
    [InlineData(TimestampMeaning.Start)]
    [InlineData(TimestampMeaning.End)]
    public void AFrameworksIsrAndDpcHaveTheNameOfTheCallbackThatItCallsInThem(TimestampMeaning meaning)
    {
        var rows = FrameworkRows.Select(row => (At: meaning == TimestampMeaning.Start ? row.At : row.At + Elapsed(row.Row), row.Row))
            .OrderBy(row => row.At);
        var (machine, report) = RecordedMachine.Of(Framework
            + string.Concat(rows.Select(row => row.Row.Replace("{0}", $"{row.At}", StringComparison.Ordinal) + "\n")), meaning);
        Assert.Equal(
            [
                "Isr 1 0xfff7 100000..120000 -1", "Isr 1 ndis.sys!ndisIsr 140000..150000 -1", "Isr 1 0xfff9 160000..180000 -1",
                "Dpc 1 card.sys!EvtDpc 130000..230000 -1", "Dpc 1 Wdf01000.sys!FxDpc::FxDpcThunk 240000..245000 -1",
            ],
            machine.Lines);
        Assert.Equal(2, report.Notes.Count);
        Assert.StartsWith("3 ISRs and DPCs of KMDF drivers", report.Notes[0], StringComparison.Ordinal);
        Assert.StartsWith("1 ISRs and DPCs are those of KMDF drivers", report.Notes[1], StringComparison.Ordinal);
        Assert.Equal(0, machine.OutOfOrder);

        static long Elapsed(string row) => row.Contains("{0}", StringComparison.Ordinal) ? long.Parse(row.Split(',')[2]) : 0;
    }

    [Theory]
    [InlineData("Acme/Overrun")]
    [InlineData("Acme/Overrun/win:Info")]
    public void AProvidersEventThatIsAskedForIsTold(string name)
    {
        var (machine, report) = RecordedMachine.Of(Head + Rows, events: [name]);
        var told = Assert.Single(machine.Instants, i => i.Kind == InstantKind.Event);
        Assert.Equal(("Acme/Overrun/win:Info", 220_000L, 2), (machine.Sources[told.Source], told.Time.Nanoseconds, told.Processor));
        Assert.Equal(1L, report.ProviderEvents["Acme/Overrun/win:Info"]);
    }

    [Fact]
    public void TheIdleThreadIsCalledIdleHoweverItIsWritten()
    {
        var (machine, _) = RecordedMachine.Of("BeginHeader\n CSwitch, TimeStamp, New Process Name ( PID), CPU\nEndHeader\n"
            + " CSwitch, 100, Idle (   0), 2\n CSwitch, 200, a.exe (1), 2\n CSwitch, 300, \"Idle\" (0), 2\n CSwitch, 400, a.exe (1), 2\n");
        Assert.Equal(["Thread 2 idle 100000..200000 -1", "Thread 2 a.exe (1) 200000..300000 -1", "Thread 2 idle 300000..400000 -1"], machine.Lines);
    }

    // Close together, so that the wrong reading makes them overlap: a long one after a short one, and a short one after a long one.
    private static readonly Gen<List<(long Begin, long Length)>> RowsOfDpcs =
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 200]).Array[20, 60].Select(raw =>
        {
            var dpcs = new List<(long, long)> { (1_000, 5), (1_006, 90), (1_097, 5), (1_103, 5) };
            var now = 1_110L;
            foreach (var (gap, length) in raw)
            {
                dpcs.Add((now + gap, length));
                now += gap + length;
            }
            return dpcs;
        });
}
