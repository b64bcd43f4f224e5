using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Kernel;

/// <summary>
/// The parts of a Windows kernel that decide when an ISR and a DPC run: processors with IRQL, interrupt dispatch, DPC queues, the timer
/// tick. Rules and sources: docs/kernel.md.
/// </summary>
public sealed class ModelledKernel : ITimelineTarget
{
    private readonly Processor[] processors;
    private readonly Interrupt?[] interrupts = new Interrupt?[256];
    private readonly List<QueuedSpinLock> locks = [];
    private readonly TimelineEvent resume;
    private uint stoppedBy;

    public ModelledKernel(Timeline timeline, Tracer tracer, KernelOptions options, ulong seed)
    {
        Timeline = timeline;
        Tracer = tracer;
        Options = options;
        Current = null!;
        processors = new Processor[options.Processors];
        for (var i = 0; i < processors.Length; i++) processors[i] = new Processor(this, i, seed);
        Current = processors[0];
        resume = timeline.CreateEvent(this);
    }

    public Timeline Timeline { get; }
    public Tracer Tracer { get; }
    public KernelOptions Options { get; }
    public IReadOnlyList<Processor> Processors => processors;

    /// <summary>KeGetCurrentProcessorNumber: the processor whose code runs. Of meaning only to code that a processor runs.</summary>
    public Processor Current { get; internal set; }

    /// <summary>When processors that a <see cref="Stop"/> has stopped go on; null while they run.</summary>
    public SimTime? StoppedUntil => resume.IsScheduled ? resume.DueAt : null;

    /// <summary>ISRs begun, DPCs begun and ticks so far.</summary>
    public long EventCount
    {
        get
        {
            var count = 0L;
            foreach (var p in processors) count += p.InterruptsTaken + p.DpcsRun + p.Ticks;
            return count;
        }
    }

    /// <summary>Told when the machine halts: the watchdog's policy is to stop with a bug check.</summary>
    public event Action? Halted;

    /// <summary>The bug check that has halted the machine; null while it works.</summary>
    public DpcWatchdogViolation? BugCheck { get; private set; }

    /// <summary>Limits of the DPC watchdog that were passed, whether the machine has halted or went on.</summary>
    public long DpcWatchdogViolations { get; private set; }

    /// <summary>Messages to a vector that nothing is connected to, when they arrive or when they could be delivered.</summary>
    public long SpuriousInterrupts { get; internal set; }

    /// <summary>IoConnectInterruptEx: puts an interrupt into the descriptor table.</summary>
    /// <exception cref="InvalidOperationException">The vector is taken.</exception>
    public void Connect(Interrupt interrupt)
    {
        if (interrupts[interrupt.Vector] is { } other)
            throw new InvalidOperationException($"Vector 0x{interrupt.Vector:X2} is connected to {other.Name} already.");
        interrupts[interrupt.Vector] = interrupt;
    }

    public void Disconnect(Interrupt interrupt)
    {
        if (interrupts[interrupt.Vector] == interrupt) interrupts[interrupt.Vector] = null;
    }

    /// <summary>The highest <paramref name="count"/> neighbouring device vectors that are free, aligned as multi-message MSI needs it.</summary>
    /// <returns>The first of them; null if there are none.</returns>
    public byte? FindFreeVectors(int count)
    {
        // From the top: the driver under study gets a high device IRQL, as PCI devices do.
        // A power of two may be for MSI, which puts the message's number into the low bits; other numbers are for MSI-X, where
        // any will do.
        var step = int.IsPow2(count) ? count : 1;
        for (var first = (Irql.LastDeviceVector + 1 - count) / step * step; first >= Irql.FirstDeviceVector; first -= step)
        {
            if (!interrupts.AsSpan(first, count).ContainsAnyExcept([null])) return (byte)first;
        }
        return null;
    }

    /// <summary>A message reached a processor's local APIC.</summary>
    public void Request(byte vector, Processor processor)
    {
        if (interrupts[vector] is { } interrupt) processor.Request(interrupt);
        else SpuriousInterrupts++;
    }

    /// <summary>
    /// KeInsertQueueDpc from the current processor.
    /// </summary>
    /// <returns>False if it was queued already: nothing else happened.</returns>
    public bool InsertQueueDpc(Dpc dpc) => InsertQueueDpc(dpc, Current);

    internal bool InsertQueueDpc(Dpc dpc, Processor current) => InsertQueueDpc(dpc, current, dpc.Draw());

    /// <param name="work">How long the DPC will take, if this call queues it and it has no code.</param>
    internal bool InsertQueueDpc(Dpc dpc, Processor current, Duration work)
    {
        var target = dpc.Target ?? current;
        if (dpc.IsQueued)
        {
            dpc.Coalesced++;
            Tracer.Record(TraceKind.DpcQueued, dpc.Source, 0, target.DpcQueueDepth, (byte)target.Number);
            return false;
        }
        (dpc.IsQueued, dpc.Work) = (true, work);
        dpc.Queued++;
        target.InsertDpc(dpc, current);
        return true;
    }

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

    /// <summary>The calling code works, or stalls, for so long; interrupts above its IRQL come in between and take their time on top.</summary>
    public WorkAwaitable Execute(Duration work) => Current.Execute(work);

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

    internal Interrupt? InterruptOf(int vector) => interrupts[vector];
}
