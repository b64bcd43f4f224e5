using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Kernel.Threads;
using Pcie.Link.Sessions;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Kernel;

/// <summary>
/// The parts of a Windows kernel that decide when an ISR and a DPC run: processors with IRQL, interrupt dispatch, DPC queues, the timer
/// tick. Rules and sources: docs/kernel.md.
/// </summary>
public sealed class ModelledKernel : ITimelineTarget, IHostOutlook
{
    /// <summary>
    /// Lookahead of events that run no code of the driver under study, which alone speaks to the device: what of it is to run, the processors know.
    /// </summary>
    internal static readonly Duration NoCode = Duration.Max;

    private readonly Processor[] processors;
    private readonly List<QueuedSpinLock> locks = [];
    private readonly Queue<Func<ValueTask>> systemWork = new();
    private readonly TimelineEvent resume;
    private uint stoppedBy;
    private bool systemThreadRuns;

    public ModelledKernel(Timeline timeline, Tracer tracer, KernelOptions options, ulong seed)
    {
        Timeline = timeline;
        Tracer = tracer;
        Options = options;
        var clock = tracer.AddSource("clock");
        processors = new Processor[options.Processors];
        for (var i = 0; i < processors.Length; i++) processors[i] = new Processor(this, i, clock, seed);
        Current = processors[0];
        resume = timeline.CreateEvent(this, lookahead: NoCode);
    }

    public Timeline Timeline { get; }
    public Tracer Tracer { get; }
    public KernelOptions Options { get; }
    public IReadOnlyList<Processor> Processors => processors;

    /// <summary>What is connected to which vector, on all processors.</summary>
    public InterruptTable Interrupts { get; } = new();

    /// <summary>KeGetCurrentProcessorNumber: the processor whose code runs. Of meaning only to code that a processor runs.</summary>
    public Processor Current { get; internal set; }

    /// <summary>When processors that a <see cref="Stop"/> has stopped go on; null while they run.</summary>
    public SimTime? StoppedUntil => resume.IsScheduled ? resume.DueAt : null;

    /// <inheritdoc/>
    public SimTime EarliestSend
    {
        get
        {
            foreach (var p in processors)
                if (p.HasCode) return Timeline.NextDue;
            var earliest = Timeline.EarliestSend;
            foreach (var p in processors) earliest = SimTime.Min(earliest, p.EarliestBugCheck);
            return earliest;
        }
    }

    /// <summary>ISRs begun, DPCs begun and ticks so far.</summary>
    public long EventCount => processors.Sum(p => p.InterruptsTaken + p.DpcsRun + p.Ticks);

    /// <summary>Told when the machine halts: the watchdog's policy is to stop with a bug check.</summary>
    public event Action? Halted;

    /// <summary>The bug check that has halted the machine; null while it works.</summary>
    public DpcWatchdogViolation? BugCheck { get; private set; }

    /// <summary>Limits of the DPC watchdog that were passed, whether the machine has halted or went on.</summary>
    public long DpcWatchdogViolations { get; private set; }

    /// <summary>KeRemoveQueueDpc.</summary>
    /// <returns>False if it was not queued.</returns>
    public bool RemoveQueueDpc(Dpc dpc)
    {
        if (!dpc.IsQueued) return false;
        foreach (var p in processors)
        {
            if (!p.RemoveDpc(dpc)) continue;
            Tracer.Record(TraceKind.DpcRemoved, dpc.Source, p.DpcQueueDepth, processor: (byte)p.Number);
            break;
        }
        dpc.IsQueued = false;
        return true;
    }

    /// <summary>
    /// Firmware (SMI) or a hypervisor takes all processors away for so long: nothing runs, interrupts are only remembered, and no
    /// processor accounts for the time. Stops that overlap add up.
    /// </summary>
    /// <param name="source">Who takes them, by its number in the trace.</param>
    public void Stop(Duration duration, uint source)
    {
        if (duration <= Duration.Zero || BugCheck is not null) return;
        if (!resume.IsScheduled)
        {
            stoppedBy = source;
            Tracer.Record(TraceKind.ProcessorsStopped, source, duration.Nanoseconds);
            foreach (var p in processors) p.Stop();
        }
        resume.Schedule((StoppedUntil ?? Timeline.Now) + duration);
    }

    void ITimelineTarget.Due(int tag)
    {
        Tracer.Record(TraceKind.ProcessorsResumed, stoppedBy);
        foreach (var p in processors) p.Resume();
    }

    /// <summary>
    /// Runs code in a thread of processor 0, as plug and play does: behind what runs there already. One device is started, or taken down, after the
    /// other.
    /// </summary>
    public void RunSystemThread(Func<ValueTask> routine)
    {
        systemWork.Enqueue(routine);
        if (systemThreadRuns) return;
        systemThreadRuns = true;
        processors[0].RunThread(WorkOff);
    }

    /// <summary>The spin lock of this name; the first who asks makes it.</summary>
    public QueuedSpinLock SpinLock(string name)
    {
        if (locks.Find(l => l.Name == name) is { } known) return known;
        locks.Add(new QueuedSpinLock(name, Tracer.AddSource(name)));
        return locks[^1];
    }

    /// <returns>True if the machine has halted: no processor executes anything from here on.</returns>
    internal bool Violated(DpcWatchdogViolation violation)
    {
        DpcWatchdogViolations++;
        if (Options.DpcWatchdog != DpcWatchdogPolicy.BugCheck) return false;
        BugCheck = violation;
        foreach (var p in processors) p.Stop();
        Halted?.Invoke();
        return true;
    }

    private async ValueTask WorkOff()
    {
        while (systemWork.TryDequeue(out var routine)) await routine();
        systemThreadRuns = false;
    }

    internal Processor ProcessorOf(int number) => processors[number];
}
