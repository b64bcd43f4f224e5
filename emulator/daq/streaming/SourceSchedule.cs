using Pcie.Emulator.Registers;
using Pcie.Emulator.Sources;
using Pcie.Randomness;
using Pcie.Time;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>When the source makes chunks: takes the next one from it whenever one is due.</summary>
/// <remarks>One timeline event per chunk. Allocates nothing while running.</remarks>
internal sealed class SourceSchedule : ITimelineTarget
{
    private const string JitterStream = "card.source.jitter";

    private readonly DaqCardOptions options;
    private readonly IChunkSource source;
    private readonly ChunkStream stream;
    private readonly Timeline timeline;
    private readonly TimelineEvent ready;
    private RandomStream jitter;
    private ChunkBuffer next;
    private SimTime nominal;

    /// <param name="set">The registers of the source are declared in it.</param>
    public SourceSchedule(DaqCardOptions options, RegisterSet set, IChunkSource source, ChunkStream stream, Timeline timeline)
    {
        (this.options, this.source, this.stream, this.timeline) = (options, source, stream, timeline);
        ready = timeline.CreateEvent(this);
        jitter = new RandomStream(options.Seed, JitterStream);
        next = stream.NewBuffer();
        set.Declare("SOURCE_CONTROL", 0x140, "Starts and stops the data source")
            .Flag(0, "RUN", RW, "the source produces chunks")
            .Reserved(1, 31)
            .OnWrite(write =>
            {
                if (write.After != 0) Start();
                else ready.Cancel();
            });
        set.Declare("CHUNK_SIZE", 0x144, "Largest payload of a chunk").Field(0, 32, "BYTES", RO, "bytes", (uint)options.ChunkSize);
    }

    /// <summary>Whether the source has no more chunks.</summary>
    public bool Ended => !source.HasNext;

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
        ready.Cancel();
        source.Rewind();
        jitter = new RandomStream(options.Seed, JitterStream);
    }

    void ITimelineTarget.Due(int tag)
    {
        MakeOne();
        if (Ended) return;
        // Jitter moves a chunk, not the ones after it: the rate does not drift.
        nominal += options.Period;
        Schedule();
    }

    // The first chunk comes when the options say; after a pause, a period later.
    private void Start()
    {
        if (ready.IsScheduled || Ended) return;
        nominal = !stream.HasBegun && options.FirstChunkAt is { } first
            ? SimTime.Max(timeline.Now, new SimTime(first.Nanoseconds))
            : timeline.Now + options.Period;
        Schedule();
    }

    private void MakeOne()
    {
        var length = source.Next(next.Payload.Span, options.ChunkSize);
        next = stream.Produce(next, length);
    }

    private void Schedule()
    {
        var at = options.Jitter is { } distribution ? nominal + distribution.Draw(jitter) : nominal;
        ready.Schedule(SimTime.Max(timeline.Now, at));
    }
}
