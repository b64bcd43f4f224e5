using System.IO.Compression;
using System.Text;
using CsCheck;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Lines;

namespace Pcie.Diagnosis.Tests.Import;

public class RecordingImporterTests
{
    private const string Line = "a-1 [000] ..s. 1.000001: softirq_{0}: vec=3 [action=NET_RX]\n";

    private const string Xperf = "BeginHeader\n DPC, TimeStamp, ElapsedTime, CPU, ServiceAddr, Image!Function\nEndHeader\n"
        + " DPC, 50, 20, 0, 0xff, \"x.sys!F\"\n DPC, 90, 20, 0, 0xff, x.sys!G\n";

    private const string LatencyMon =
        "LatencyMon\nHighest measured interrupt to DPC latency (µs):   458,90\nISR count (execution time 250-500 µs):  3\n";

    private static readonly string Ftrace =
        string.Concat(new[] { "raise", "entry", "exit" }.Select(step => Line.Replace("{0}", step, StringComparison.Ordinal)));

    [Fact]
    public void WhatIsNotUnderstoodIsRefusedWithWhatIs()
    {
        var refusal = Assert.Throws<InvalidDataException>(() => RecordingImporter.Open(() => new MemoryStream("hello\n"u8.ToArray()), "notes.txt"));
        Assert.StartsWith("notes.txt is no recording that is understood. Expected", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("xperf -i trace.etl", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void GzipAndUtf16AreSeenThrough()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(Encoding.UTF8.GetBytes(Xperf));
        Assert.Equal(2, RecordedMachine.Of(packed.ToArray()).Machine.Intervals.Count);
        Assert.Equal(2, RecordedMachine.Of([0xff, 0xfe, .. Encoding.Unicode.GetBytes(Xperf)]).Machine.Intervals.Count);
        Assert.Equal(2, RecordedMachine.Of([0xfe, 0xff, .. Encoding.BigEndianUnicode.GetBytes(Xperf)]).Machine.Intervals.Count);
        Assert.Equal(2, RecordedMachine.Of(Encoding.Unicode.GetBytes(Xperf)).Machine.Intervals.Count);
        Assert.Equal(2, RecordedMachine.Of(Encoding.BigEndianUnicode.GetBytes(Xperf)).Machine.Intervals.Count);
        var cut = packed.ToArray()[..^12];
        cut[^5] ^= 0xff;
        AssertRefusedOrRead(cut);
    }

    // GZipStream does not tell, and what is missing would be missing silently.
    [Fact]
    public void AGzipFileThatIsCutOffIsSaidToBe()
    {
        var whole = File.ReadAllBytes(SampleRecording.Path);
        Assert.DoesNotContain(RecordedMachine.Of(whole).Report.Notes, note => note.Contains("cut off", StringComparison.Ordinal));
        Assert.Contains(RecordedMachine.Of(whole[..(whole.Length / 2)]).Report.Notes,
            note => note.StartsWith("The gzip file seems to be cut off", StringComparison.Ordinal));
    }

    [Fact]
    public void ALineLongerThanTheBufferIsLeftOutAndCounted()
    {
        var lines = new LineReader(new MemoryStream(Encoding.ASCII.GetBytes("ab\n" + new string('x', 100) + "\r\ncd\r\nef")), 16);
        var read = new List<string>();
        while (lines.TryRead(out var line)) read.Add(Encoding.ASCII.GetString(line));
        Assert.Equal(["ab", "cd", "ef"], read);
        Assert.Equal((1L, true, 111L), (lines.Overlong, lines.IsUnterminated, lines.BytesRead));
    }

    [Fact]
    public void LinesAreThoseOfSplitWhateverTheBuffer() => Gen.Select(Gen.Char["ab\n"].Array[0, 200], Gen.Int[8, 64]).Sample((text, size) =>
    {
        var whole = new string(text);
        var expected = (whole.EndsWith('\n') ? whole[..^1] : whole).Split('\n').Where(l => l.Length < size).ToList();
        if (whole.Length == 0) expected = [];
        var lines = new LineReader(new MemoryStream(Encoding.ASCII.GetBytes(whole)), size);
        var read = new List<string>();
        while (lines.TryRead(out var line)) read.Add(Encoding.ASCII.GetString(line));
        Assert.Equal(expected, read);
    }, iter: 1_000);

    // A file of nothing but new names would fill the memory otherwise.
    [Fact]
    public void NamesBeyondTheBoundCountAsOneAndTheReportSaysSo()
    {
        var text = new StringBuilder("# tracer: nop\n");
        const int Names = NameTable<int>.MaxNames + 100;
        for (var i = 0; i < Names; i++)
            text.Append($"a-1 [000] d.h1. 1.{i:000000000}: irq_handler_entry: irq=1 name=n{i}\n")
                .Append($"a-1 [000] d.h1. 1.{i:000000000}: irq_handler_exit: irq=1\n");
        text.Append("a-1 [000] d.h1. 2.0: irq_handler_entry: irq=1 name=").Append('x', 1025).Append('\n');

        var (machine, report) = RecordedMachine.Of(text.ToString());

        Assert.Equal(Names, machine.Intervals.Count);
        Assert.Equal(NameTable<int>.MaxNames + 1, machine.Sources.Count);
        Assert.Equal(NameTable<int>.Others, machine.Sources[^1]);
        Assert.Contains("101 events have names", Assert.Single(report.Notes), StringComparison.Ordinal);
    }

    // Each bracket begins a search: were the line not too long for an event, this would take the square of its length, for minutes.
    [Fact]
    public void ALineOfBracketsIsNoEvent()
    {
        var (_, report) = RecordedMachine.Of(Ftrace + string.Concat(Enumerable.Repeat("x)[0] 1.0:", 90_000)) + "\n" + Ftrace);
        Assert.Equal(1, report.Skipped["line that is no event"]);
    }

    [Fact]
    public void ALatencyMonReportIsASummary()
    {
        var (machine, report) = RecordedMachine.Of("""
            _________________________________________________________________________________________________________
            CONCLUSION
            LatencyMon has been analyzing your system for  0:10:02  (h:mm:ss) on all processors.
            Highest measured interrupt to process latency (µs):   467.0
            Highest measured interrupt to DPC latency (탎):       65,70
            Average measured interrupt to DPC latency (µs):       3.659078
            Highest ISR routine execution time (µs):              344.590368
            Driver with highest ISR routine execution time:       HDAudBus.sys - High Definition Audio Bus Driver, Microsoft Corporation
            ISR count (execution time <250 µs):                   100
            ISR count (execution time 250-500 µs):                0
            DPC count (execution time >=4000 µs):                 2

            """);
        var figures = report.LatencyMon!;
        Assert.Equal((467_000L, 65_700L, 3_659L, 344_590L), (figures.HighestInterruptToProcess!.Value.Nanoseconds,
            figures.HighestInterruptToDpc!.Value.Nanoseconds, figures.AverageInterruptToDpc!.Value.Nanoseconds,
            figures.HighestIsr!.Value.Nanoseconds));
        Assert.Equal("HDAudBus.sys", figures.HighestIsrDriver);
        Assert.Equal(602, figures.MonitoringTime!.Value.Seconds);
        Assert.Equal([100L, 0], figures.IsrBins.Select(b => b.Count));
        Assert.Null(Assert.Single(figures.DpcBins).To);
        Assert.Empty(machine.Intervals);
        Assert.Contains("summary", report.Notes[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void ProgressEndsAtTheWhole()
    {
        var seen = new List<ImportProgress>();
        var bytes = Encoding.ASCII.GetBytes(Ftrace);
        RecordingImporter.Open(() => new MemoryStream(bytes), "x").Import(new RecordedMachine(), new Inline(seen.Add),
            TestContext.Current.CancellationToken);
        Assert.Equal(new ImportProgress(bytes.Length, bytes.Length), seen[^1]);
    }

    // Whatever stands in a file: it is read, or refused in words.
    [Fact]
    public void MutatedTextsNeverCrash() =>
        Gen.Select(
            Gen.Int[0, 2].Select(i => new[] { Ftrace, Xperf, LatencyMon }[i]),
            Gen.Select(Gen.Int[0, 4], Gen.Int[0, 400], Gen.Byte).Array[1, 8]).Sample((text, changes) =>
        {
            var bytes = Encoding.UTF8.GetBytes(text).ToList();
            foreach (var (what, place, value) in changes)
            {
                var at = place % bytes.Count;
                if (what == 0) bytes[at] = value;
                else if (what == 1) bytes.Insert(at, value);
                else if (what == 2 && bytes.Count > 1) bytes.RemoveAt(at);
                else if (what == 3) bytes.InsertRange(at, bytes.Take(at).ToList());
                else bytes.Insert(at, (byte)"0123456789,\"[]-:. \n"[value % 19]);
            }
            AssertRefusedOrRead([.. bytes]);
        }, iter: 20_000);

    private static void AssertRefusedOrRead(byte[] file)
    {
        try
        {
            var (machine, report) = RecordedMachine.Of(file);
            Assert.Equal((machine.Intervals.Count, machine.Instants.Count), (report.Intervals, report.Instants));
        }
        catch (InvalidDataException e)
        {
            Assert.NotEmpty(e.Message);
        }
    }

    private sealed class Inline(Action<ImportProgress> report) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value) => report(value);
    }
}
