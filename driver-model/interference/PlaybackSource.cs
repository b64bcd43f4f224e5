using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Durations;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Threads;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.DriverModel.Interference;

/// <summary>
/// A recording of a real machine, played back: at its time each activity comes to its processor and takes there what it took by itself,
/// without what had interrupted it, which is an activity of its own.
/// </summary>
/// <remarks>
/// The modelled kernel decides when it really runs: one that comes while another of its kind runs waits. One that has to wait for its own
/// predecessor is joined to it, so that no time is lost. Plays without allocating.
/// </remarks>
public sealed class PlaybackSource : ITimelineTarget
{
    private readonly PlaybackFile file;
    private readonly bool loop;
    private readonly ModelledKernel kernel;
    private readonly TimelineEvent next;
    private readonly long[] exclusive;
    private readonly Played[] played;
    private SimTime begun;
    private int at;

    /// <exception cref="InvalidOperationException">It has more sources of interrupts than there are vectors left.</exception>
    public PlaybackSource(PlaybackFile file, bool loop, ModelledKernel kernel)
    {
        (this.file, this.loop, this.kernel) = (file, loop, kernel);
        exclusive = ExclusiveTimes(file);
        played = Connect();
        next = kernel.Timeline.CreateEvent(this, lookahead: ModelledKernel.NoCode);
        if (file.Records.Count > 0) next.Schedule(begun + (file.Records[0].Begin - SimTime.Zero));
    }

    /// <summary>Nanoseconds that each record ran without what lies inside it on its processor.</summary>
    internal static long[] ExclusiveTimes(PlaybackFile file)
    {
        var exclusive = new long[file.Records.Count];
        var open = Enumerable.Range(0, file.Processors).Select(_ => new Stack<int>()).ToArray();
        for (var i = 0; i < exclusive.Length; i++)
        {
            var record = file.Records[i];
            var below = open[record.Processor];
            exclusive[i] = (record.End - record.Begin).Nanoseconds;
            while (below.TryPeek(out var last) && file.Records[last].End <= record.Begin) below.Pop();
            if (below.TryPeek(out var parent))
                exclusive[parent] -= (SimTime.Min(record.End, file.Records[parent].End) - record.Begin).Nanoseconds;
            below.Push(i);
        }
        return exclusive;
    }

    void ITimelineTarget.Due(int tag)
    {
        var record = file.Records[at];
        // Devices go on while firmware has stopped the processors; what processors do themselves waits.
        if (kernel.StoppedUntil is { } end && record.Kind is not (IntervalKind.Isr or IntervalKind.Stall))
        {
            next.Schedule(end);
            return;
        }
        if (exclusive[at] > 0) played[at].Play(exclusive[at], record.Processor);
        if (++at == file.Records.Count)
        {
            if (!loop) return;
            at = 0;
            begun += file.Duration;
        }
        next.Schedule(SimTime.Max(kernel.Timeline.Now, begun + (file.Records[at].Begin - SimTime.Zero)));
    }

    // An activity for each kind, source and processor; an interrupt is one for all processors.
    private Played[] Connect()
    {
        var sources = file.Sources.Select(name => kernel.Tracer.AddSource(name)).ToArray();
        var known = new Dictionary<(IntervalKind, int, int), Played>();
        var all = new Played[file.Records.Count];
        for (var i = 0; i < all.Length; i++)
        {
            var record = file.Records[i];
            var isInterrupt = record.Kind is IntervalKind.Isr or IntervalKind.Stall;
            var key = (record.Kind, record.Source, isInterrupt ? 0 : record.Processor);
            if (!known.TryGetValue(key, out var one))
                known[key] = one = new Played(kernel, record.Kind, file.Sources[record.Source], sources[record.Source]);
            all[i] = one;
        }
        return all;
    }

    private sealed class Played : IDurations
    {
        private readonly ModelledKernel kernel;
        private readonly long[] waiting;
        private readonly Interrupt? interrupt;
        private readonly Dpc? dpc;
        private readonly RaisedThread? thread;

        public Played(ModelledKernel kernel, IntervalKind kind, string name, uint source)
        {
            this.kernel = kernel;
            waiting = new long[kernel.Processors.Count];
            switch (kind)
            {
                case IntervalKind.Isr or IntervalKind.Stall:
                    var vector = kernel.Interrupts.FindFreeVectors(1) ?? throw new InvalidOperationException(
                        $"No interrupt vector is left for {name}, which the playback has.");
                    interrupt = new Interrupt(name, source, this);
                    kernel.Interrupts.Connect(interrupt, vector);
                    break;
                case IntervalKind.Dpc or IntervalKind.TimerDpc or IntervalKind.ThreadedDpc:
                    dpc = new Dpc(name, source, this, SoftirqOf(name)) { IsThreaded = kind == IntervalKind.ThreadedDpc };
                    break;
                case IntervalKind.RaisedIrql:
                    thread = new RaisedThread(name, source, Irql.Dispatch, this);
                    break;
            }
        }

        // As recordings of Linux name it: softirq NET_RX.
        private static Softirq? SoftirqOf(string name) => name.Split(' ') is ["softirq", var word]
            && Enum.TryParse<Softirq>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var softirq) ? softirq : null;

        public void Play(long nanoseconds, int processor)
        {
            waiting[processor] += nanoseconds;
            var on = kernel.Processors[processor];
            if (interrupt is not null) on.Request(interrupt);
            else if (dpc is not null) on.InsertQueueDpc(dpc);
            else if (thread is not null) on.Raise(thread);
            else on.AddThreadWork(RemoveWaiting(processor));
        }

        // The recording has the durations: what waits for a processor is not known before a run begins there.
        Duration IDurations.ForRequest() => Duration.Zero;
        Duration IDurations.ForRun(int processor, Duration requested) => RemoveWaiting(processor);

        private Duration RemoveWaiting(int processor)
        {
            var duration = new Duration(waiting[processor]);
            waiting[processor] = 0;
            return duration;
        }
    }
}
