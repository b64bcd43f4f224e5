using System.Globalization;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Perfetto;

/// <summary>
/// The processors of a Perfetto trace: a lane for each, in which ISRs, DPCs and threads nest, and arrows from a request to the DPC that answers
/// it.
/// </summary>
internal sealed class PerfettoMachine(PerfettoFile file, Func<string, SimTime, ulong[]> messagesTaken) : IMachineSink
{
    // A DPC that never runs must not fill memory.
    private const int MaxRequests = 4096;

    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly List<string> names = [];
    private readonly SortedDictionary<ushort, Processor> processors = [];
    private PerfettoTrack? group;

    /// <summary>Slices that had to be cut for them to nest.</summary>
    public long Cut => processors.Values.Sum(processor => processor.Lane.Cut);

    public long Slices { get; private set; }

    /// <summary>What the recording says that it lacks.</summary>
    public List<string> Losses { get; } = [];

    public int Source(string name)
    {
        if (numbers.TryGetValue(name, out var number)) return number;
        names.Add(name);
        return numbers[name] = names.Count - 1;
    }

    public void Add(in Interval interval)
    {
        var (processor, name) = (At(interval.Processor), names[interval.Source]);
        var flows = interval.Kind switch
        {
            IntervalKind.Isr => messagesTaken(name, interval.Begin),
            IntervalKind.Dpc or IntervalKind.TimerDpc or IntervalKind.ThreadedDpc => Answered(processor, interval),
            _ => [],
        };
        processor.Lane.Add(ProcessorLane.Mark.Slice(interval, Category(interval.Kind), name, flows));
        Slices++;
    }

    public void Add(in Instant instant)
    {
        var processor = At(instant.Processor);
        ulong[] flows = [];
        var what = instant.Kind switch
        {
            InstantKind.DpcQueued => "DPC queued",
            InstantKind.DpcCoalesced => "DPC was queued already",
            InstantKind.DpcInterruptRequested => "DPC interrupt requested",
            InstantKind.InterruptPending => "interrupt waits",
            InstantKind.Event => "the driver says",
            _ => null,
        };
        if (what is null) return;
        if (instant.Kind is InstantKind.DpcQueued or InstantKind.DpcCoalesced && processor.Requests.Count < MaxRequests)
        {
            flows = [file.AddFlow()];
            processor.Requests.Add((instant.Source, instant.Time, flows[0]));
        }
        var name = instant.Kind == InstantKind.DpcInterruptRequested ? what : $"{what}: {names[instant.Source]}";
        processor.Lane.Add(ProcessorLane.Mark.Instant(instant.Time, "request", name, flows));
    }

    public void Lost(long events, string what) =>
        Losses.Add(events == 0 ? what : string.Create(CultureInfo.InvariantCulture, $"{events:#,0} events: {what}"));

    public void Gap()
    {
        foreach (var processor in processors.Values)
        {
            processor.Lane.Flush();
            processor.Requests.Clear();
        }
    }

    /// <summary>The recording ends.</summary>
    public void End() => Gap();

    // One run answers all that was asked for before it began.
    private static ulong[] Answered(Processor processor, Interval run)
    {
        var answered = processor.Requests.FindAll(request => request.Source == run.Source && request.At <= run.Begin);
        if (answered.Count > 0) processor.Requests.RemoveAll(request => request.Source == run.Source && request.At <= run.Begin);
        return [.. answered.Select(request => request.Flow)];
    }

    private static string Category(IntervalKind kind) => kind switch
    {
        IntervalKind.Isr => "ISR",
        IntervalKind.Dpc or IntervalKind.TimerDpc => "DPC",
        IntervalKind.Stall => "stall",
        IntervalKind.RaisedIrql => "thread at raised IRQL",
        _ => "thread",
    };

    private Processor At(ushort number)
    {
        if (processors.TryGetValue(number, out var processor)) return processor;
        group ??= file.AddTrack("Processors");
        processor = new Processor(new ProcessorLane(file.AddTrack(string.Create(CultureInfo.InvariantCulture, $"CPU {number}"), group)));
        processors.Add(number, processor);
        return processor;
    }

    private sealed record Processor(ProcessorLane Lane)
    {
        public List<(int Source, SimTime At, ulong Flow)> Requests { get; } = [];
    }
}
