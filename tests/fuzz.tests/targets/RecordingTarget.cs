using System.IO.Compression;
using System.Text;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Machine;
using Pcie.Diagnosis.Verdicts;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// Recordings of real machines, in all formats, packed or not: pieces of the one that ships, and made-up ones. What an importer tells keeps
/// the contract of <see cref="IMachineSink"/>.
/// </summary>
internal sealed class RecordingTarget : IFuzzTarget
{
    private const string Xperf = """
        BeginHeader
                    Interrupt,  TimeStamp, ElapsedTime, CPU, Vector, MessageIndex,     Status,        ServiceAddr,            Image!Function
                          DPC,  TimeStamp, ElapsedTime, CPU,        ServiceAddr,            Image!Function
                      CSwitch,  TimeStamp, New Process Name ( PID),    New TID, CPU
               SampledProfile,  TimeStamp,     Process Name ( PID),   ThreadID,           PrgrmCtr, CPU, Image!Function
               WdfInterrupt,  TimeStamp, CPU, CallbackAddr
          Acme/Overrun/win:Info,  TimeStamp,     Process Name ( PID),   ThreadID, CPU, Chunk
        EndHeader
        OS Version: 10.0.19043, Trace Size: 20736KB, Events Lost: 3, Buffers lost: 1, Trace Start: 132675686690347142
                    Interrupt,         20,           4,   2,     81,            0, 0x00000000, 0xfffff80312340000, storport.sys!Isr
                 WdfInterrupt,         22,   2, 0xfffff80312345699
                    Interrupt,         24,           3,   2,     81,            0, 0x00000000, 0xfffff80312340000, Wdf01000.sys!Thunk
                          DPC,        120,         100,   2, 0xfffff80312345678, "storport.sys!Dpc,2"
                      CSwitch,        200,      MsMpEng.exe (3016),      13212,   2
               SampledProfile,        210,      MsMpEng.exe (3016),      13212, 0xfffff80312345690,   2, mpengine.dll!Scan
          Acme/Overrun/win:Info,        220,   "card, daq" (12), 100, 2, 0x1
                      CSwitch,        250,                "Idle" (0),          0,   2

        """;

    private const string Perf = """
        swapper     0/0    [001]  16907.951252:  irq:softirq_raise: vec=3 [action=NET_RX]
        swapper     0/0    [001]  16907.951253:  irq:softirq_entry: vec=3 [action=NET_RX]
        Web Content  1262  [001]  16907.951254:  irq:irq_handler_entry: irq=36 name=virtio1-req.0
        Web Content  1262  [001]  16907.951255:  irq:irq_handler_exit: irq=36 ret=handled
        swapper     0/0    [001]  16907.951259:  irq:softirq_exit: vec=3 [action=NET_RX]
        swapper     0/0    [001]  16907.951261:  sched:sched_switch: swapper/1:0 [120] R ==> Web Content:1262 [120]
        Web Content  1262  [001]  16907.951300:  sched:sched_switch: prev_comm=a prev_pid=1 ==> next_comm=swapper/1 next_pid=0 next_prio=120
        CPU:1 [LOST 1234 EVENTS]

        """;

    private const string Osnoise = """
        # tracer: osnoise
        # entries-in-buffer/entries-written: 754278/800000   #P:2
                  <idle>-0       [001] d.h1.   548.771078: irq_noise: local_timer:236 start 548.771077442 duration 7597 ns
                  <idle>-0       [001] ..s1.   548.771090: softirq_noise: SCHED:7 start 548.771085017 duration 3080 ns
                 cyclic-99       [001] d....   548.771200: thread_noise: cyclic:99 start 548.771100000 duration 90000 ns
                 cyclic-99       [001] d....   548.771300: #402268 context    irq timer_latency     13585 ns
                 cyclic-99       [001] d..1.   548.771400: tasklet_entry: tasklet=ffff8881 function=tcp_tasklet_func
                 cyclic-99       [001] d..1.   548.771500: tasklet_exit: tasklet=ffff8881 function=tcp_tasklet_func

        """;

    private const string LatencyMon = """
        LatencyMon has been analyzing your system for  0:10:02  (h:mm:ss) on all processors.
        Highest measured interrupt to process latency (us):   467.0
        Highest measured interrupt to DPC latency (us):       65,70
        Driver with highest ISR routine execution time:       HDAudBus.sys - High Definition Audio Bus Driver
        ISR count (execution time <250 us):                   100
        DPC count (execution time >=4000 us):                 2

        """;

    private const string Cyclictest = """
        policy: fifo: loadavg: 0.05 0.10 0.08 1/212 1834
        T: 0 ( 1820) P:80 I:1000 C:  60000 Min:      3 Act:    7 Avg:    6 Max:      42
        # Total: 000004433 000004128
        # Max Latencies: 00057 00312
        # Histogram Overflows: 00002 00003

        """;

    private const string Bcc = """
        Tracing soft irq event time... Hit Ctrl-C to end.
        softirq = net_rx
             usecs               : count     distribution
                 0 -> 1          : 10       |***                                     |
               512 -> 1023       : 1        |                                        |
        HARDIRQ                    TOTAL_nsecs
        ahci                               193

        """;

    private const string Timehist = """
                   time    cpu  task name                       wait time  sch delay   run time
                                [tid/pid]                          (msec)     (msec)     (msec)
        --------------- ------  ------------------------------  ---------  ---------  ---------
           79371.874723 [0005]  irq/42-card[31952]                 45.001      2.417      0.203

        """;

    private const string LatencyTracer = """
        # tracer: irqsoff
        # irqsoff latency trace v1.1.5 on 3.8.0-test+
        # latency: 716 us, #4/4, CPU#3 | (M:preempt VP:0, KP:0, SP:0 HP:0 #P:4)
        #    | task: sleep-2389 (uid:0 nice:0 policy:0 rt_prio:0)
        #  => started at: run_timer_softirq
        #  => ended at:   __do_softirq

        """;

    private const string Broken = """
                  <idle>-0     [001]111264.306005
        : softirq_raise: vec=4 [action=BLOCK]
                  <idle>-0     [001] d.h. 111264.306011:
        softirq_entry: vec=4 [action=BLOCK]
                  <idle>-0     [001] d.h. 111264.306020: softirq_exit: vec=4 [action=BLOCK]

        """;

    private static readonly byte[][] Texts = [.. new[]
    {
        Xperf, Perf, Osnoise, LatencyMon, Cyclictest, Bcc, Timehist, LatencyTracer, Broken,
    }.Select(Encoding.UTF8.GetBytes), .. Shipped()];

    private static readonly byte[][] Packed = [.. Texts.Take(17).Select(Gzip)];

    private static readonly byte[][] Words =
        [.. "[000]|[|]|(|)|:|,|\"|=|#|\n|\r\n|\0|vec=|irq=|name=|function=|start |duration |BeginHeader\n|EndHeader\n|[LOST |entries-written: 1/"
            .Split('|').Select(Encoding.UTF8.GetBytes), [0xFF, 0xFE], [0xC3, 0x28]];

    public byte[] Next(Mutator mutator) => mutator.Below(8) switch
    {
        0 => mutator.Spoil(Packed),
        1 => Gzip(mutator.Spoil(Texts, Words)),
        2 => [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(Encoding.Latin1.GetString(mutator.Spoil(Texts, Words)))],
        _ => mutator.Spoil(Texts, Words),
    };

    public bool Take(byte[] input)
    {
        var sink = new Sink();
        var attribution = new WaitAttribution(new AttributionOptions { ExplainsEvents = true, FindsSilences = true });
        try
        {
            var report = RecordingImporter.Open(() => new MemoryStream(input), "recording", events: ["Acme/Overrun"]).Import(sink);
            RecordingImporter.Open(() => new MemoryStream(input), "recording", events: ["Acme/Overrun"]).Import(attribution);
            // Whatever was told, it is explained, and the shares of a wait are the wait.
            Assert.NotEmpty(ExplanationText.Of(Explanation.OfRecording("recording", attribution, report.Notes), evidence: true, shown: 3));
            foreach (var wait in attribution.Summaries.SelectMany(summary => summary.Worst))
                Assert.Equal(wait.Delay.Nanoseconds, wait.Shares.Sum(share => share.Time.Nanoseconds));
            Assert.Equal(sink.Intervals, report.Intervals);
            // Lines that gave nothing are counted: taken and refused are all that were read.
            Assert.InRange(report.Lines, 0, report.Bytes + 1);
            return report.Skipped.Count == 0;
        }
        catch (InvalidDataException e)
        {
            Assert.True(e.Message.Length > 20);
            return false;
        }
    }

    // Windows of forty lines of the recording of a real machine.
    private static IEnumerable<byte[]> Shipped()
    {
        var path = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "samples"), "*.gz").Single();
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        var lines = new List<string>();
        while (lines.Count < 4000 && reader.ReadLine() is { } line) lines.Add(line);
        return lines.Chunk(40).Select(chunk => Encoding.UTF8.GetBytes(string.Join('\n', chunk) + '\n'));
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(bytes);
        return packed.ToArray();
    }

    private sealed class Sink : IMachineSink
    {
        private readonly Dictionary<string, int> sources = [];

        public long Intervals { get; private set; }

        public int Source(string name) => sources.TryGetValue(name, out var number) ? number : sources[name] = sources.Count;

        public void Add(in Interval interval)
        {
            Intervals++;
            Assert.InRange(interval.Source, 0, sources.Count - 1);
            Assert.InRange(interval.End.Nanoseconds, interval.Begin.Nanoseconds, long.MaxValue);
        }

        public void Add(in Instant instant) => Assert.InRange(instant.Source, 0, sources.Count - 1);

        public void Lost(long events, string what) => Assert.InRange(events, 0, long.MaxValue);
    }
}
