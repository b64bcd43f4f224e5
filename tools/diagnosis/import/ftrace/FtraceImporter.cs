using System.Buffers.Text;
using System.Text;
using Pcie.Diagnosis.Import.Lines;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Import.Ftrace;

/// <summary>
/// Linux's text formats, as <c>ftrace</c>, <c>trace-cmd report</c> and <c>perf script</c> write them. A hard interrupt's handler and an
/// irq vector are ISRs, a softirq is a DPC, one that ksoftirqd serves a threaded DPC; softirq_raise is KeInsertQueueDpc.
/// </summary>
/// <remarks>The steady state allocates nothing.</remarks>
internal sealed class FtraceImporter(IMachineSink sink, ImportReport report, IReadOnlyList<string> events) : ILineImporter
{
    private const int MaxProcessors = 4096, MaxThreadName = 128;

    private readonly NameTable<int> sources = new(sink.Source);
    private readonly NameTable<FtraceVectorEvent?> vectors = new(name => FtraceVectorEvent.Of(name, sink));
    private readonly NameTable<int> threads = new(name => sink.Source(name.StartsWith("swapper/", StringComparison.Ordinal) ? Interval.Idle : name));
    private readonly byte[][] wanted = [.. events.Select(Encoding.UTF8.GetBytes)];
    private readonly int[] softirqs = new int[FtraceProcessor.Softirqs];
    private readonly FtraceProcessor?[] processors = new FtraceProcessor?[MaxProcessors];
    private long uninteresting, notAnEvent, backwards;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        if (line.Length == 0) return;
        if (line[0] == '#')
        {
            ReadHead(line);
            return;
        }
        if (!FtraceLine.TryParse(line, out var parsed))
        {
            if (isUnterminated) report.Skip("last line cut off");
            else if (!TryReadLost(line)) notAnEvent++;
            return;
        }
        if (parsed.Processor >= MaxProcessors)
        {
            report.Skip($"processor {MaxProcessors} or above");
            return;
        }
        var processor = processors[parsed.Processor] ??= new FtraceProcessor(parsed.Processor, sink, report);
        if (!processor.Advance(parsed.Nanoseconds)) backwards++;
        else if (!TryApply(processor, parsed))
        {
            if (isUnterminated) report.Skip("last line cut off");
            else report.Skip("fields not as expected");
        }
    }

    public void Complete()
    {
        foreach (var processor in processors) processor?.Complete();
        sources.Complete(report);
        vectors.Complete(report);
        threads.Complete(report);
        Count("event of no interest", uninteresting);
        Count("line that is no event", notAnEvent);
        Count("time ran backwards on a processor", backwards);
    }

    private void Count(string reason, long count)
    {
        if (count > 0) report.Skip(reason, count);
    }

    private bool TryApply(FtraceProcessor processor, in FtraceLine line)
    {
        var name = line.Event;
        if (wanted.Length > 0) TellIfWanted(line);
        if (name[0] == '#') return TryTimerLatency(line.Fields);
        if (name.StartsWith("softirq_"u8) && name.Length > 8)
        {
            var step = name[8..];
            if (step.SequenceEqual("noise"u8)) return TryNoise(processor, IntervalKind.Dpc, line.Fields);
            if (!TryNumber(line.Fields, "vec="u8, out var vector) || (ulong)vector >= FtraceProcessor.Softirqs) return false;
            var source = SoftirqSource((int)vector, line.Fields);
            if (step.SequenceEqual("raise"u8)) processor.SoftirqRaised((int)vector, source);
            else if (step.SequenceEqual("entry"u8)) processor.SoftirqEntered((int)vector, source, IsKsoftirqd(line.Task));
            else if (step.SequenceEqual("exit"u8)) processor.SoftirqLeft((int)vector);
            else uninteresting++;
            return true;
        }
        if (name.SequenceEqual("irq_handler_entry"u8))
        {
            var at = line.Fields.IndexOf("name="u8);
            if (at < 0 || !TryNumber(line.Fields, "irq="u8, out var irq)) return false;
            processor.IsrEntered(FtraceProcessor.HandlerKey(irq), sources[line.Fields[(at + 5)..].TrimEnd((byte)' ')], irq);
            return true;
        }
        if (name.SequenceEqual("irq_handler_exit"u8))
        {
            if (!TryNumber(line.Fields, "irq="u8, out var irq)) return false;
            processor.IsrLeft(FtraceProcessor.HandlerKey(irq));
            return true;
        }
        if (name.SequenceEqual("sched_switch"u8)) return TrySwitch(processor, line.Fields);
        if (name.SequenceEqual("tasklet_entry"u8) || name.SequenceEqual("tasklet_hi_entry"u8)) return TryTasklet(processor, line, true);
        if (name.SequenceEqual("tasklet_exit"u8) || name.SequenceEqual("tasklet_hi_exit"u8)) return TryTasklet(processor, line, false);
        if (name.EndsWith("_noise"u8)) return TryNoise(processor, line);
        if (vectors[name] is { } vectorEvent) return TryVector(processor, vectorEvent, line.Fields);
        uninteresting++;
        return true;
    }

    private static bool TryVector(FtraceProcessor processor, FtraceVectorEvent vector, ReadOnlySpan<byte> fields)
    {
        if (!TryNumber(fields, "vector="u8, out var number)) return fields.StartsWith("("u8) && Apply(-1);
        return Apply(number);

        bool Apply(long detail)
        {
            if (vector.IsEntry) processor.IsrEntered(vector.Source, vector.Source, detail);
            else processor.IsrLeft(vector.Source);
            return true;
        }
    }

    private void TellIfWanted(in FtraceLine line)
    {
        foreach (var one in wanted)
            if (line.Event.SequenceEqual(one))
                sink.Add(new Instant(InstantKind.Event, line.Processor, sources[line.Event], new SimTime(line.Nanoseconds)));
    }

    // "prev_comm=a b prev_pid=1 prev_prio=120 prev_state=S ==> next_comm=c d next_pid=2 next_prio=120";
    // of perf and trace-cmd "a b:1 [120] S ==> c d:2 [120]".
    private bool TrySwitch(FtraceProcessor processor, ReadOnlySpan<byte> fields)
    {
        var arrow = fields.LastIndexOf("==> "u8);
        if (arrow < 0) return false;
        var next = fields[(arrow + 4)..];
        Span<byte> name = stackalloc byte[MaxThreadName];
        if (next.StartsWith("next_comm="u8))
        {
            var pid = next.LastIndexOf(" next_pid="u8);
            if (pid < 10) return false;
            var comm = next[10..pid];
            var number = next[(pid + 10)..];
            if (number.IndexOf((byte)' ') is var blank and >= 0) number = number[..blank];
            if (comm.Length + 1 + number.Length > name.Length) return false;
            comm.CopyTo(name);
            name[comm.Length] = (byte)':';
            number.CopyTo(name[(comm.Length + 1)..]);
            name = name[..(comm.Length + 1 + number.Length)];
        }
        else
        {
            var priority = next.LastIndexOf(" ["u8);
            if (priority < 1 || priority > name.Length) return false;
            next[..priority].CopyTo(name);
            name = name[..priority];
        }
        processor.Switched(threads[name]);
        return true;
    }

    private bool TryTasklet(FtraceProcessor processor, in FtraceLine line, bool isEntry)
    {
        // tasklet=ffff8881 function=name
        var at = line.Fields.IndexOf("function="u8);
        if (at < 0) return false;
        var function = line.Fields[(at + 9)..];
        if (function.IndexOf((byte)' ') is var blank and >= 0) function = function[..blank];
        if (function.Length == 0) return false;
        if (isEntry) processor.TaskletEntered(sources[function], IsKsoftirqd(line.Task));
        else processor.TaskletLeft(sources[function]);
        return true;
    }

    private bool TryNoise(FtraceProcessor processor, in FtraceLine line)
    {
        if (line.Event.SequenceEqual("irq_noise"u8)) return TryNoise(processor, IntervalKind.Isr, line.Fields);
        if (line.Event.SequenceEqual("nmi_noise"u8)) return TryNoise(processor, IntervalKind.Isr, line.Fields);
        if (line.Event.SequenceEqual("thread_noise"u8)) return TryNoise(processor, IntervalKind.Thread, line.Fields);
        uninteresting++;
        return true;
    }

    // "local_timer:236 start 548.771077442 duration 7597 ns"
    private bool TryNoise(FtraceProcessor processor, IntervalKind kind, ReadOnlySpan<byte> fields)
    {
        var start = fields.LastIndexOf(" start "u8);
        if (start < 0) start = fields.StartsWith("start "u8) ? -1 : -2;
        if (start == -2) return false;
        var rest = fields[(start + 7)..];
        if (start == -1) rest = fields[6..];
        if (!Utf8Parser.TryParse(rest, out decimal seconds, out var used) || seconds < 0 || seconds > 9_000_000_000) return false;
        var at = rest[used..].IndexOf("duration "u8);
        if (at < 0 || !Utf8Parser.TryParse(rest[(used + at + 9)..], out long net, out _) || net is < 0 or > long.MaxValue / 4) return false;
        var who = start <= 0 ? "nmi"u8 : fields[..start];
        var detail = -1L;
        var colon = who.LastIndexOf((byte)':');
        if (colon >= 0 && Utf8Parser.TryParse(who[(colon + 1)..], out long number, out var digits) && digits == who.Length - colon - 1)
        {
            detail = number;
            if (kind != IntervalKind.Thread) who = who[..colon];
        }
        processor.Noise(kind, sources[who], (long)(seconds * 1_000_000_000), net, detail);
        return true;
    }

    // "context    irq timer_latency     13585 ns"
    private bool TryTimerLatency(ReadOnlySpan<byte> fields)
    {
        var at = fields.IndexOf("timer_latency"u8);
        if (!fields.StartsWith("context"u8) || at < 8) return false;
        var context = fields[7..at].Trim((byte)' ');
        if (!(context.SequenceEqual("irq"u8) || context.SequenceEqual("thread"u8) || context.SequenceEqual("user-ret"u8))
            || !Utf8Parser.TryParse(fields[(at + 13)..].TrimStart((byte)' '), out long latency, out _)) return false;
        report.AddTimerLatency(Encoding.ASCII.GetString(context), latency);
        return true;
    }

    private int SoftirqSource(int vector, ReadOnlySpan<byte> fields)
    {
        ref var source = ref softirqs[vector];
        if (source != 0) return source - 1;
        var action = fields.IndexOf("[action="u8) is var at and >= 0 ? fields[(at + 8)..] : fields;
        if (action.IndexOf((byte)']') is var end and >= 0) action = action[..end];
        source = sink.Source($"softirq {Encoding.UTF8.GetString(action)}") + 1;
        return source - 1;
    }

    private static bool IsKsoftirqd(ReadOnlySpan<byte> task) => task.StartsWith("ksoftirqd/"u8);

    private static bool TryNumber(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> key, out long number)
    {
        number = 0;
        var at = fields.IndexOf(key);
        return at >= 0 && Utf8Parser.TryParse(fields[(at + key.Length)..], out number, out _) && number >= 0;
    }

    // "CPU:1 [LOST 1234 EVENTS]"; of perf: "PERF_RECORD_LOST lost 12".
    private bool TryReadLost(ReadOnlySpan<byte> line)
    {
        long events = 0;
        var at = line.IndexOf("[LOST "u8);
        var perf = at < 0 ? line.IndexOf("PERF_RECORD_LOST"u8) : -1;
        if (at < 0 && perf < 0) return false;
        if (at >= 0) _ = Utf8Parser.TryParse(line[(at + 6)..], out events, out _);
        else if (line[perf..].IndexOf("lost "u8) is var count and >= 0) _ = Utf8Parser.TryParse(line[(perf + count + 5)..], out events, out _);
        var cpu = line.IndexOf("CPU:"u8);
        var isKnown = Utf8Parser.TryParse(cpu < 0 ? default : line[(cpu + 4)..], out uint number, out _) && number < MaxProcessors;
        // What was open may have ended, and what was raised may have run, among what is missing.
        var what = (isKnown ? $"CPU {number}: " : "") + "the kernel's trace buffer overran and events are missing. "
            + "Enlarge it (trace-cmd record -b 65536, or buffer_size_kb; perf record -m 64M), record fewer events, and record again.";
        if (isKnown)
        {
            (processors[number] ??= new FtraceProcessor((ushort)number, sink, report)).Lose();
            sink.LostAt((ushort)number, Math.Max(events, 0), what);
            return true;
        }
        foreach (var processor in processors) processor?.Lose();
        sink.Lost(Math.Max(events, 0), what);
        return true;
    }

    private void ReadHead(ReadOnlySpan<byte> line)
    {
        // "# entries-in-buffer/entries-written: 754278/800000   #P:2"
        var at = line.IndexOf("entries-written:"u8);
        if (at < 0) return;
        var counts = line[(at + 16)..].TrimStart((byte)' ');
        if (Utf8Parser.TryParse(counts, out long kept, out var used) && used + 1 < counts.Length
            && Utf8Parser.TryParse(counts[(used + 1)..], out long written, out _) && written > kept)
            report.Note($"The trace buffer held the last {kept} of {written} events: the recording begins when the oldest kept one happened.");
    }
}
