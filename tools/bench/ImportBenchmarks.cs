using System.Text;
using BenchmarkDotNet.Attributes;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Machine;
using Pcie.Randomness;

namespace Pcie.Bench;

/// <summary>
/// Importing 32 MB of text against the floor: reading the same text and splitting it into lines. MB/s are 32 divided by the seconds; the
/// goal is 100 MB/s or better, 320 ms or less.
/// </summary>
public class ImportBenchmarks
{
    private const int Bytes = 32_000_000;

    private byte[] ftrace = [], perf = [], xperf = [];

    [GlobalSetup]
    public void Generate()
    {
        var random = new RandomStream(1, "bench.import");
        ftrace = Text("# tracer: nop\n", (text, now) => text.Append(null, $"""
                       task-16556   [00{now & 1}] d.h1.  {now / 1_000_000}.{now % 1_000_000:000000}: irq_handler_entry: irq=36 name=virtio1-req.0
                       task-16556   [00{now & 1}] d.h3.  {now / 1_000_000}.{now % 1_000_000:000000}: softirq_raise: vec=4 [action=BLOCK]
                       task-16556   [00{now & 1}] d.h1.  {now / 1_000_000}.{now % 1_000_000:000000}: irq_handler_exit: irq=36 ret=handled
                       task-16556   [00{now & 1}] ..s1.  {now / 1_000_000}.{now % 1_000_000:000000}: softirq_entry: vec=4 [action=BLOCK]
                       task-16556   [00{now & 1}] ..s1.  {now / 1_000_000}.{now % 1_000_000:000000}: softirq_exit: vec=4 [action=BLOCK]

            """), random);
        perf = Text("", (text, now) => text.Append(null, $"""
            my task 16556/16556 [00{now & 1}] {now / 1_000_000}.{now % 1_000_000:000000}:        irq:irq_handler_entry: irq=36 name=virtio1-req.0
            my task 16556/16556 [00{now & 1}] {now / 1_000_000}.{now % 1_000_000:000000}:            irq:softirq_raise: vec=4 [action=BLOCK]
            my task 16556/16556 [00{now & 1}] {now / 1_000_000}.{now % 1_000_000:000000}:         irq:irq_handler_exit: irq=36 ret=handled
            my task 16556/16556 [00{now & 1}] {now / 1_000_000}.{now % 1_000_000:000000}:            irq:softirq_entry: vec=4 [action=BLOCK]
            my task 16556/16556 [00{now & 1}] {now / 1_000_000}.{now % 1_000_000:000000}:             irq:softirq_exit: vec=4 [action=BLOCK]
            my task 16556/16556 [00{now & 1}] {now / 1_000_000}.{now % 1_000_000:000000}:           sched:sched_switch: my task:16556 [120] S ==> swapper/0:0 [120]

            """), random);
        xperf = Text("""
            BeginHeader
                        Interrupt,  TimeStamp, ElapsedTime, CPU, Vector, MessageIndex,     Status,        ServiceAddr,            Image!Function
                              DPC,  TimeStamp, ElapsedTime, CPU,        ServiceAddr,            Image!Function
                          CSwitch,  TimeStamp, New Process Name ( PID),    New TID, NPri, NQnt, TmSinceLast, WaitTime, Old Process Name ( PID),    Old TID, CPU
            EndHeader

            """, (text, now) => text.Append(null, $"""
                        Interrupt, {now,10},           2, {now & 3,3},    145,            0, 0x00000000, 0xfffff80312340000, storport.sys!RaidpAdapterInterruptRoutine
                              DPC, {now + 12,10},          10, {now & 3,3}, 0xfffff80312345678, storport.sys!RaidpAdapterDpcRoutine
                          CSwitch, {now + 13,10},      MsMpEng.exe (3016),      13212,    8,   -1,       19604,        2,             Idle (   0),          0, {now & 3,3}

            """), random);
    }

    [Benchmark(Baseline = true), BenchmarkCategory("ftrace 32 MB")]
    public long FtraceLines() => CountLines(ftrace);

    [Benchmark, BenchmarkCategory("ftrace 32 MB")]
    public long Ftrace() => Import(ftrace);

    [Benchmark(Baseline = true), BenchmarkCategory("perf script 32 MB")]
    public long PerfScriptLines() => CountLines(perf);

    [Benchmark, BenchmarkCategory("perf script 32 MB")]
    public long PerfScript() => Import(perf);

    [Benchmark(Baseline = true), BenchmarkCategory("xperf 32 MB")]
    public long XperfLines() => CountLines(xperf);

    [Benchmark, BenchmarkCategory("xperf 32 MB")]
    public long Xperf() => Import(xperf);

    private static byte[] Text(string head, Action<StringBuilder, long> append, RandomStream random)
    {
        var text = new StringBuilder(head, Bytes + 1_000);
        for (var now = 1_000_000_000L; text.Length < Bytes; now += 20 + random.NextInt64(100)) append(text, now);
        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static long CountLines(byte[] text)
    {
        using var stream = new MemoryStream(text);
        var buffer = new byte[1 << 20];
        long lines = 0;
        var kept = 0;
        while (stream.Read(buffer, kept, buffer.Length - kept) is var read and > 0)
        {
            var rest = buffer.AsSpan(0, kept + read);
            for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
            {
                lines++;
                rest = rest[(end + 1)..];
            }
            kept = rest.Length;
            rest.CopyTo(buffer);
        }
        return lines;
    }

    private static long Import(byte[] text)
    {
        var sink = new CountingOnly();
        var report = RecordingImporter.Open(() => new MemoryStream(text), "bench").Import(sink);
        // A row that is skipped is no row that was read.
        return report.Skipped.Count == 0 && sink.Count > 200_000 ? sink.Count : throw new InvalidOperationException("The text was not read.");
    }

    private sealed class CountingOnly : IMachineSink
    {
        private readonly Dictionary<string, int> sources = [];

        public long Count { get; private set; }

        public int Source(string name) => sources.TryGetValue(name, out var number) ? number : sources[name] = sources.Count;

        public void Add(in Interval interval) => Count++;

        public void Add(in Instant instant) => Count++;

        public void Lost(long events, string what) => throw new InvalidOperationException(what);
    }
}
