using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Durations;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Threads;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Interference;

/// <summary>
/// Another driver of the machine, or its threads: what comes in between. At intervals, or at given times, its interrupt arrives
/// at a processor; its ISR takes time and may queue a DPC, which takes time. A source without an ISR queues its DPC by itself or has it
/// called from timer expiry, and one with neither makes threads busy, keeps one at raised IRQL, or stops the whole machine.
/// </summary>
public sealed class InterferenceSource : ITimelineTarget
{
    private const int Periodic = 0, OneOff = 1, InBurst = 2, AfterStop = 3;

    private readonly InterferenceOptions options;
    private readonly ModelledKernel kernel;
    private readonly TimelineEvent next;
    private readonly TimelineEvent? once;
    private readonly TimelineEvent? inBurst;
    private readonly TimelineEvent afterStop;
    private readonly RandomStream intervals;
    private readonly RandomStream durations;
    private readonly RandomStream gaps;
    private readonly uint source;
    private readonly Interrupt? interrupt;
    private readonly Dpc? dpc;
    private readonly Processor[] processors;
    private readonly RaisedThread[] threads = [];
    private readonly KernelTimer[] timers = [];
    private readonly List<InterferenceSource> followers = [];
    private int oneOffsDone;
    private int leftOfBurst;
    private int heldUp;
    private int turn;

    public InterferenceSource(InterferenceOptions options, ModelledKernel kernel, ulong seed)
    {
        this.options = options;
        this.kernel = kernel;
        // One stream for each kind of draw: what is changed about one leaves the others as they were.
        intervals = new RandomStream(seed, $"host.interference.{options.Name}.interval");
        durations = new RandomStream(seed, $"host.interference.{options.Name}.thread");
        gaps = new RandomStream(seed, $"host.interference.{options.Name}.burst-gap");
        processors = [.. options.Processors.Select(number => kernel.Processors[number])];
        source = kernel.Tracer.AddSource(options.Name);
        var spinLock = options.Lock is { } name ? kernel.SpinLock(name) : null;
        if ((options.Dpc ?? options.Timer) is { } dpcDuration)
        {
            dpc = new Dpc(options.Name, source, Drawn(dpcDuration, "dpc"))
            {
                Importance = options.Importance,
                Target = options.DpcProcessor,
                Lock = spinLock,
                IsThreaded = options.Threaded,
            };
        }
        if (options.Isr is { } isrDuration)
        {
            var vector = options.Vector ?? kernel.Interrupts.FindFreeVectors(1)
                ?? throw new InvalidOperationException($"No interrupt vector is left for {options.Name}.");
            interrupt = new Interrupt(options.Name, source, Drawn(isrDuration, "isr"), dpc);
            kernel.Interrupts.Connect(interrupt, vector);
        }
        if (options.Raised is { } raised)
        {
            // Each occurs as often as it is told to, sooner or later, so that a stream of its own gives it the same draws whatever delays it.
            threads = Array.ConvertAll(processors, processor =>
                new RaisedThread(options.Name, source, options.RaisedIrql, Drawn(raised, $"thread.{processor.Number}")) { Lock = spinLock });
        }
        if (options.Timer is not null) timers = Array.ConvertAll(processors, _ => new KernelTimer(dpc!));
        afterStop = kernel.Timeline.CreateEvent(this, AfterStop);
        if (options.Burst > 1) inBurst = kernel.Timeline.CreateEvent(this, InBurst);
        next = kernel.Timeline.CreateEvent(this, Periodic);
        if (options.Interval is { } interval) next.Schedule(SimTime.Zero + interval.DrawInterval(intervals));
        if (options.At.Count == 0) return;
        once = kernel.Timeline.CreateEvent(this, OneOff);
        once.Schedule(SimTime.Zero + options.At[0]);

        DrawnDurations Drawn(Distribution distribution, string what) =>
            new(distribution, new RandomStream(seed, $"host.interference.{options.Name}.{what}"));
    }

    public string Name => options.Name;

    /// <summary>Whenever this one occurs, the other does too.</summary>
    public void Bring(InterferenceSource follower) => followers.Add(follower);

    void ITimelineTarget.Due(int tag)
    {
        switch (tag)
        {
            case Periodic:
                next.ScheduleAfter(options.Interval!.DrawInterval(intervals));
                Occur();
                break;
            case OneOff:
                if (++oneOffsDone < options.At.Count) once!.Schedule(SimTime.Zero + options.At[oneOffsDone]);
                Occur();
                break;
            case InBurst:
                if (--leftOfBurst > 0) inBurst!.ScheduleAfter(options.BurstGap.DrawInterval(gaps));
                Come();
                break;
            case AfterStop:
                var (count, end) = (heldUp, kernel.StoppedUntil);
                if (end is not null) afterStop.Schedule(end.Value);
                else for (heldUp = 0; count > 0; count--) Come();
                break;
        }
    }

    private void Occur()
    {
        // A burst that comes during another makes it longer.
        leftOfBurst += options.Burst - 1;
        if (leftOfBurst > 0 && !inBurst!.IsScheduled) inBurst.ScheduleAfter(options.BurstGap.DrawInterval(gaps));
        Come();
        foreach (var follower in followers) follower.Occur();
    }

    private void Come()
    {
        // Devices and firmware go on while processors are stopped; timers and threads do not.
        if (interrupt is null && options.Stop is null && kernel.StoppedUntil is { } end)
        {
            heldUp++;
            if (!afterStop.IsScheduled) afterStop.Schedule(end);
            return;
        }
        var on = turn;
        if (++turn == processors.Length) turn = 0;
        if (interrupt is not null) processors[on].Request(interrupt);
        else if (timers.Length > 0) processors[on].SetTimer(timers[on]);
        else if (dpc is not null) processors[on].InsertQueueDpc(dpc);
        else if (threads.Length > 0) processors[on].Raise(threads[on]);
        else if (options.Stop is { } stop) kernel.Stop(stop.Draw(durations), source);
        else processors[on].AddThreadWork(options.Thread!.Draw(durations));
    }
}
