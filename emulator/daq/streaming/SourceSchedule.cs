using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Emulator.Sources;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>When the source makes chunks: takes the next one from it whenever one is due.</summary>
/// <remarks>
/// One timeline event per chunk. Allocates nothing while running. By the wall clock it may fall behind; then it makes up for it. Stopped, it makes
/// what was due until then, for a while; what it does not get to is counted as not produced.
/// </remarks>
internal sealed class SourceSchedule : IChunkProducer, ITimelineTarget
{
    private static readonly Duration LongestCatchUp = Duration.FromSeconds(1);

    private readonly DaqCardOptions options;
    private readonly IChunkSource source;
    private readonly ChunkStream stream;
    private readonly IDevicePort port;
    private readonly TimelineEvent ready;
    private RandomStream jitter;
    private ChunkBuffer next;
    private SimTime nominal;
    private SimTime stoppedAt = SimTime.Never;
    private ulong notProduced;

    /// <param name="set">The registers of the source are declared in it.</param>
    public SourceSchedule(DaqCardOptions options, RegisterSet set, IChunkSource source, ChunkStream stream, IDevicePort port)
    {
        (this.options, this.source, this.stream, this.port) = (options, source, stream, port);
        ready = port.Timeline.CreateEvent(this);
        jitter = new RandomStream(options.Seed, options.JitterStream);
        next = stream.NewBuffer();
        SourceRegisters.Declare(set, options, write =>
        {
            if (write.After != 0) Start();
            else Stop();
        });
    }

    /// <summary>Whether the source has no more chunks.</summary>
    public bool Ended => !source.HasNext;

    /// <summary>Whether it makes chunks; also while it makes what was due when it was stopped.</summary>
    public bool IsRunning => ready.IsScheduled;

    /// <summary>Bytes to the end of the source; null if it has none.</summary>
    public long? BytesLeft => source.BytesLeft;

    /// <summary>Chunks that were due by the wall clock and have not been made. In simulated time there are none.</summary>
    public ulong NotProduced => notProduced + Overdue(SimTime.Min(port.ClockTime, stoppedAt));

    /// <summary>Makes nothing for a time, as if time had not passed for it. A source that is stopped stays so.</summary>
    public void Stall(Duration time)
    {
        if (!ready.IsScheduled) return;
        nominal += time;
        ready.Schedule(ready.DueAt + time);
    }

    /// <summary>Makes chunks now, out of turn. A source that is stopped makes none.</summary>
    public void Burst(int chunks)
    {
        for (var i = 0; i < chunks && ready.IsScheduled && !Ended; i++) MakeOne();
        if (Ended) ready.Cancel();
    }

    public void Reset()
    {
        End();
        source.Rewind();
        jitter = new RandomStream(options.Seed, options.JitterStream);
    }

    void ITimelineTarget.Due(int tag)
    {
        MakeOne();
        if (Ended) return;
        // Jitter moves a chunk, not the ones after it: the rate does not drift.
        nominal += options.Period;
        Schedule();
        if (stoppedAt != SimTime.Never) EndIfCaughtUp();
    }

    // The first chunk comes when the options say; after a pause, a period later.
    private void Start()
    {
        stoppedAt = SimTime.Never;
        if (ready.IsScheduled || Ended) return;
        nominal = !stream.HasBegun && options.FirstChunkAt is { } first
            ? SimTime.Max(port.Timeline.Now, new SimTime(first.Nanoseconds))
            : port.Timeline.Now + options.Period;
        Schedule();
    }

    private void Stop()
    {
        if (!ready.IsScheduled) return;
        stoppedAt = SimTime.Min(stoppedAt, port.ClockTime);
        EndIfCaughtUp();
    }

    private void EndIfCaughtUp()
    {
        if (ready.DueAt >= stoppedAt || port.ClockTime > stoppedAt + LongestCatchUp) End();
    }

    private void End()
    {
        notProduced = NotProduced;
        stoppedAt = SimTime.Never;
        ready.Cancel();
    }

    // Chunks of this schedule that ought to have been made before a time.
    private ulong Overdue(SimTime before)
    {
        if (!ready.IsScheduled || ready.DueAt >= before) return 0;
        var chunks = (ulong)((before - ready.DueAt).Nanoseconds - 1) / (ulong)options.Period.Nanoseconds + 1;
        return source.BytesLeft is { } left ? Math.Min(chunks, ((ulong)left + (ulong)options.ChunkSize - 1) / (ulong)options.ChunkSize) : chunks;
    }

    private void MakeOne()
    {
        var length = source.Next(next.Payload.Span, options.ChunkSize);
        next = stream.Produce(next, length);
    }

    private void Schedule()
    {
        var at = options.Jitter is { } distribution ? nominal + distribution.Draw(jitter) : nominal;
        ready.Schedule(SimTime.Max(port.Timeline.Now, at));
    }
}
