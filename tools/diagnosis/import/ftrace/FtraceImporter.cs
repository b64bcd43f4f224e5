using System.Buffers.Text;
using System.Globalization;
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
/// <param name="clockRate">Ticks a second of a trace clock that counts; 0 if it is not said.</param>
/// <remarks>The steady state allocates nothing.</remarks>
internal sealed class FtraceImporter(IMachineSink sink, ImportReport report, IReadOnlyList<string> events, bool isOneProcessor, double clockRate)
    : ILineImporter
{
    private const int MaxProcessors = 4096, MaxThreadName = 128;

    // include/linux/interrupt.h: where a line was trimmed to the number.
    private static readonly string[] Actions =
        ["HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU"];

    private readonly NameTable<int> sources = new(sink.Source);
    private readonly NameTable<FtraceVectorEvent?> vectors = new(name => FtraceVectorEvent.Of(name, sink));
    private readonly NameTable<FtraceThread> threads = new(name => FtraceThread.Of(name, sink));
    private readonly FtraceFiles files = new();
    private readonly BrokenLine broken = new();
    private readonly byte[][] wanted = [.. events.Select(Encoding.UTF8.GetBytes)];
    private readonly int[] softirqs = new int[FtraceProcessor.Softirqs];
    private readonly FtraceProcessor?[] processors = new FtraceProcessor?[MaxProcessors];

    // Lines that are about this place if events follow, and about the whole recording if none do.
    private readonly List<LossLine> held = [];
    private long uninteresting, backwards, eventLines;

    public void Read(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        line = broken.Joined(line);
        if (broken.Take() is { } half) ReadWhole(half, isUnterminated: false);
        if (isUnterminated || !broken.TryHold(line)) ReadWhole(line, isUnterminated);
    }

    private void ReadWhole(ReadOnlySpan<byte> line, bool isUnterminated)
    {
        if (line.TrimStart((byte)' ').Length == 0) return;
        if (!files.TryRead(ref line))
        {
            report.Refuse("line of another machine's recording", line);
            return;
        }
        if (!FtraceLine.TryParse(line, isOneProcessor, out var parsed))
        {
            files.ReadHead(line);
            if (line.TrimStart((byte)' ').StartsWith("# "u8) || line.SequenceEqual("#"u8)) ReadHead(line);
            else if (LossLine.TryRead(line, out var loss)) Lose(loss);
            else if (LossLine.IsElision(line)) LeaveOut();
            else if (isUnterminated) report.Refuse("last line cut off", line);
            else if (!FtraceHead.IsHead(line)) report.Refuse("line that is no event", line);
            return;
        }
        if (parsed.IsTicks)
        {
            var nanoseconds = clockRate > 0 ? parsed.Nanoseconds / clockRate * 1e9 : double.PositiveInfinity;
            if (nanoseconds > long.MaxValue / 4)
            {
                report.Refuse(UnreadText.Ticks, line);
                return;
            }
            parsed.Nanoseconds = (long)Math.Round(nanoseconds);
        }
        if (parsed.Processor >= MaxProcessors)
        {
            report.Refuse($"processor {MaxProcessors} or above", line);
            return;
        }
        eventLines++;
        if (held.Count > 0)
        {
            foreach (var one in held) LoseHere(one);
            held.Clear();
        }
        if (parsed.Event.StartsWith("PERF_RECORD_LOST"u8))
        {
            _ = LossLine.TryRead(parsed.Fields, out var loss);
            LoseHere(loss with { Processor = parsed.Processor });
            return;
        }
        var processor = At(parsed.Processor);
        if (!processor.Advance(parsed.Nanoseconds)) backwards++;
        else if (!TryApply(processor, parsed)) report.Refuse(isUnterminated ? "last line cut off" : "fields not as expected", line);
    }

    public void Complete()
    {
        if (broken.Take() is { } half) ReadWhole(half, isUnterminated: false);
        foreach (var loss in held) LoseSomewhere(loss);
        foreach (var processor in processors) processor?.Complete();
        sources.Complete(report);
        vectors.Complete(report);
        threads.Complete(report);
        Count("event of no interest", uninteresting);
        Count("time ran backwards on a processor", backwards);
        if (backwards > 0)
            report.Note(string.Create(CultureInfo.InvariantCulture, $"The time goes back in {backwards:#,0} lines, and they are not read: ")
                + "two recordings in one file, or a clock that began anew. Give each by itself.");
        if (isOneProcessor && eventLines > 0)
            report.Note("No line names a processor: all are taken for one processor's. If the recording is of several, it is read wrongly.");
        if (softirqs.Any(source => source != 0))
            report.Note("A softirq's run answers what was raised before its round began, "
                + "as Linux takes the pending ones all at once (kernel/softirq.c).");
    }

    private void Count(string reason, long count)
    {
        if (count > 0) report.Skip(reason, count);
    }

    private FtraceProcessor At(int number) => processors[number] ??= new FtraceProcessor((ushort)number, sink, report);

    private bool TryApply(FtraceProcessor processor, in FtraceLine line)
    {
        var name = line.Event;
        if (wanted.Length > 0) TellIfWanted(line);
        if (name[0] == '#') return TryTimerLatency(line.Fields);
        if (name.StartsWith("softirq_"u8) && name.Length > 8)
        {
            var step = name[8..];
            if (step.SequenceEqual("noise"u8)) return TryNoise(processor, IntervalKind.Dpc, line.Fields);
            if (!TryNumber(line.Fields, "vec="u8, out var vector) && !TryNumber(line.Fields, "softirq="u8, out vector)) return false;
            if ((ulong)vector >= FtraceProcessor.Softirqs) return false;
            var source = SoftirqSource((int)vector, line.Fields);
            if (step.SequenceEqual("raise"u8)) processor.SoftirqRaised((int)vector, source, line.IsInRound);
            else if (step.SequenceEqual("entry"u8)) processor.SoftirqEntered((int)vector, source, IsKsoftirqd(line.Task));
            else if (step.SequenceEqual("exit"u8)) processor.SoftirqLeft((int)vector);
            else uninteresting++;
            return true;
        }
        if (name.SequenceEqual("irq_handler_entry"u8))
        {
            if (!TryNumber(line.Fields, "irq="u8, out var irq)) return false;
            var at = After(line.Fields, "name="u8) is var named and >= 0 ? named : After(line.Fields, "handler="u8);
            var source = at < 0 ? sources[line.Fields] : sources[line.Fields[at..].Trim((byte)' ')];
            processor.IsrEntered(FtraceProcessor.HandlerKey(irq), source, irq);
            return true;
        }
        if (name.SequenceEqual("irq_handler_exit"u8))
        {
            if (!TryNumber(line.Fields, "irq="u8, out var irq)) return false;
            processor.IsrLeft(FtraceProcessor.HandlerKey(irq));
            return true;
        }
        if (name.SequenceEqual("sched_switch"u8)) return TrySwitch(processor, line.Fields);
        if (name.SequenceEqual("sched_waking"u8) || name.SequenceEqual("sched_wakeup"u8)) return TryWakeup(processor, line.Fields);
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
        Span<byte> name = stackalloc byte[MaxThreadName];
        var prev = fields[..arrow].TrimEnd((byte)' ');
        if (!TryThread(fields[(arrow + 4)..], "next_comm="u8, " next_pid="u8, ref name)) return false;
        var coming = threads[name];
        name = stackalloc byte[MaxThreadName];
        if (!TryThread(prev, "prev_comm="u8, " prev_pid="u8, ref name)) return false;
        var going = threads[name];
        if (going.Serves(processor.Number)) processor.ThreadServed();
        processor.Switched(going.Source, coming.Source);
        coming.Runs(processor.Number, At);
        return true;
    }

    // "comm=irq/42-card pid=99 prio=49 target_cpu=001", "irq/42-card:99 [49] success=1 CPU:001": an interrupt's thread, which its ISR wakes.
    private bool TryWakeup(FtraceProcessor processor, ReadOnlySpan<byte> fields)
    {
        Span<byte> name = stackalloc byte[MaxThreadName];
        if (!(TryThread(fields, "comm="u8, " pid="u8, ref name) && name.StartsWith("irq/"u8)))
        {
            uninteresting++;
            return true;
        }
        var at = After(fields, "target_cpu="u8) is var named and >= 0 ? named : After(fields, "CPU:"u8);
        if (at < 0 || !Utf8Parser.TryParse(fields[at..], out uint target, out _) || target >= MaxProcessors) return false;
        var woken = At((int)target);
        if (woken == processor || woken.Advance(processor.Now)) threads[name].Wake((int)target, woken);
        return true;
    }

    // As comm:pid, as perf prints it.
    private static bool TryThread(ReadOnlySpan<byte> text, ReadOnlySpan<byte> comm, ReadOnlySpan<byte> pid, ref Span<byte> name)
    {
        if (text.StartsWith(comm))
        {
            var at = text.LastIndexOf(pid);
            if (at < comm.Length) return false;
            var command = text[comm.Length..at];
            var number = text[(at + pid.Length)..];
            if (number.IndexOf((byte)' ') is var blank and >= 0) number = number[..blank];
            if (command.Length + 1 + number.Length > name.Length) return false;
            command.CopyTo(name);
            name[command.Length] = (byte)':';
            number.CopyTo(name[(command.Length + 1)..]);
            name = name[..(command.Length + 1 + number.Length)];
            return true;
        }
        var priority = text.LastIndexOf(" ["u8);
        if (priority < 0) priority = text.Length;
        if (priority < 1 || priority > name.Length || text[..priority].LastIndexOf((byte)':') < 0) return false;
        text[..priority].CopyTo(name);
        name = name[..priority];
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
        var at = fields.IndexOf("action="u8);
        var action = at >= 0 ? fields[(at + 7)..] : [];
        if (action.IndexOfAny((byte)']', (byte)' ') is var end and >= 0) action = action[..end];
        if (action.EndsWith("_SOFTIRQ"u8)) action = action[..^8];
        var name = action.Length > 0 ? CleanText.Of(action) : vector < Actions.Length ? Actions[vector] : $"vec={vector}";
        source = sink.Source($"softirq {name}") + 1;
        return source - 1;
    }

    private static int After(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> key) => fields.IndexOf(key) is var at and >= 0 ? at + key.Length : -1;

    // The latency format cuts a task's name to eight letters. ktimers/1 serves what ksoftirqd does not on PREEMPT_RT.
    private static bool IsKsoftirqd(ReadOnlySpan<byte> task) =>
        task.StartsWith("ksoftirqd/"u8) || task.SequenceEqual("ksoftirq"u8) || task.StartsWith("ktimers/"u8);

    private static bool TryNumber(ReadOnlySpan<byte> fields, ReadOnlySpan<byte> key, out long number)
    {
        number = 0;
        var at = fields.IndexOf(key);
        if (at < 0) return false;
        var text = fields[(at + key.Length)..];
        // What is raw may be hexadecimal.
        return text.StartsWith("0x"u8) ? Utf8Parser.TryParse(text[2..], out number, out _, 'x') && number >= 0
            : Utf8Parser.TryParse(text, out number, out _) && number >= 0;
    }

    private void Lose(in LossLine loss)
    {
        switch (loss.What)
        {
            case LossLine.Kind.Here: LoseHere(loss); break;
            case LossLine.Kind.Begin when loss.Processor is >= 0 and < MaxProcessors && processors[loss.Processor] is not null: LoseHere(loss); break;
            case LossLine.Kind.HereOrSum when eventLines > 0: held.Add(loss); break;
            case LossLine.Kind.Sum or LossLine.Kind.HereOrSum: LoseSomewhere(loss); break;
        }
    }

    private void LoseHere(in LossLine loss)
    {
        if (loss.Processor is >= 0 and < MaxProcessors)
        {
            At(loss.Processor).Lose();
            sink.LostAt((ushort)loss.Processor, loss.Events, $"CPU {loss.Processor}: {Missing}");
            return;
        }
        foreach (var processor in processors) processor?.Lose();
        sink.Lost(loss.Events, Missing);
        sink.Gap();
    }

    // Somebody has left lines out: "[...]".
    private void LeaveOut()
    {
        foreach (var processor in processors) processor?.Lose();
        sink.Gap();
        report.Note("Where dots or a word stand for lines that somebody has left out, nothing is paired across.");
    }

    private void LoseSomewhere(in LossLine loss) =>
        sink.Lost(loss.Events, (loss.Processor >= 0 ? $"CPU {loss.Processor}, it is not said where: " : "") + Missing);

    private const string Missing = "the kernel's trace buffer overran and events are missing. "
        + "Enlarge it (trace-cmd record -b 65536, or buffer_size_kb; perf record -m 64M), record fewer events, and record again.";

    private void ReadHead(ReadOnlySpan<byte> line)
    {
        // "# latency: 71 us, #4/4, CPU#3 | ..."
        if (line.IndexOf("latency:"u8) >= 0 && line.IndexOf(", #"u8) is var of and >= 0
            && Utf8Parser.TryParse(line[(of + 3)..], out long told, out var digits) && digits < line.Length - of - 4
            && Utf8Parser.TryParse(line[(of + 4 + digits)..], out long all, out _) && all > told)
            report.Note($"The trace buffer held the last {told} of {all} events: the recording begins when the oldest kept one happened.");
        // "# entries-in-buffer/entries-written: 754278/800000   #P:2"
        var at = line.IndexOf("entries-written:"u8);
        if (at < 0) return;
        var counts = line[(at + 16)..].TrimStart((byte)' ');
        if (Utf8Parser.TryParse(counts, out long kept, out var used) && used + 1 < counts.Length
            && Utf8Parser.TryParse(counts[(used + 1)..], out long written, out _) && written > kept)
            report.Note($"The trace buffer held the last {kept} of {written} events: the recording begins when the oldest kept one happened.");
    }
}
