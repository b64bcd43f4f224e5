using Pcie.Host.Kernel;
using Pcie.Random;
using Pcie.Time;

namespace Pcie.Host.Interference;

/// <summary>
/// Another driver of the machine, or its threads: what comes in between. At intervals, or at given times, its interrupt arrives
/// at a processor; its ISR takes time and may queue a DPC, which takes time. A source without an ISR queues its DPC from a timer,
/// and one with neither makes threads busy.
/// </summary>
public sealed class InterferenceSource : ITimelineTarget
{
    private const int Periodic = 0, OneOff = 1;

    private readonly InterferenceOptions options;
    private readonly ModelledKernel kernel;
    private readonly TimelineEvent next;
    private readonly TimelineEvent? once;
    private readonly RandomStream intervals;
    private readonly RandomStream durations;
    private readonly Interrupt? interrupt;
    private readonly Dpc? dpc;
    private readonly Processor[] processors;
    private int oneOffsDone;
    private int turn;

    public InterferenceSource(InterferenceOptions options, ModelledKernel kernel, ulong seed)
    {
        this.options = options;
        this.kernel = kernel;
        // One stream for each kind of draw: what is changed about one leaves the others as they were.
        intervals = new RandomStream(seed, $"host.interference.{options.Name}.interval");
        durations = new RandomStream(seed, $"host.interference.{options.Name}.thread");
        processors = [.. options.Processors.Select(number => kernel.Processors[number])];
        var source = kernel.Tracer.AddSource(options.Name);
        if (options.Dpc is { } dpcDuration)
        {
            dpc = new Dpc(options.Name, source, dpcDuration, new RandomStream(seed, $"host.interference.{options.Name}.dpc"))
            {
                Importance = options.Importance,
                Target = options.DpcProcessor is { } target ? kernel.Processors[target] : null,
            };
        }
        if (options.Isr is { } isrDuration)
        {
            var vector = options.Vector ?? kernel.FindFreeVectors(1)
                ?? throw new InvalidOperationException($"No interrupt vector is left for {options.Name}.");
            interrupt = new Interrupt(options.Name, source, vector, isrDuration,
                new RandomStream(seed, $"host.interference.{options.Name}.isr"), dpc);
            kernel.Connect(interrupt);
        }
        next = kernel.Timeline.CreateEvent(this, Periodic);
        if (options.Interval is { } interval) next.Schedule(SimTime.Zero + interval.DrawInterval(intervals));
        if (options.At.Count == 0) return;
        once = kernel.Timeline.CreateEvent(this, OneOff);
        once.Schedule(SimTime.Zero + options.At[0]);
    }

    public string Name => options.Name;

    void ITimelineTarget.Due(int tag)
    {
        if (tag == Periodic) next.ScheduleAfter(options.Interval!.DrawInterval(intervals));
        else if (++oneOffsDone < options.At.Count) once!.Schedule(SimTime.Zero + options.At[oneOffsDone]);
        var on = processors[turn];
        if (++turn == processors.Length) turn = 0;
        if (interrupt is not null) on.Request(interrupt);
        else if (dpc is not null) kernel.InsertQueueDpc(dpc, on);
        else on.AddThreadWork(options.Thread!.Draw(durations));
    }
}
