using System.Security.Cryptography;
using Pcie.Emulator.Daq.Dma;
using Pcie.Emulator.Sources;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Emulator.Daq;

/// <summary>Runs the source: makes a chunk of its bytes whenever one is due, numbers it, and hands it to the DMA core.</summary>
/// <remarks>One timeline event per chunk. Allocates nothing while running.</remarks>
internal sealed class SourceCore : ITimelineTarget, IDisposable
{
    private const string JitterStream = "card.source.jitter";

    private readonly DaqCardOptions options;
    private readonly IChunkSource source;
    private readonly DmaCore dma;
    private readonly Timeline timeline;
    private readonly TimelineEvent ready;
    private readonly IncrementalHash? hash;
    private RandomStream jitter;
    private ChunkBuffer next;
    private SimTime nominal;
    private ulong sequence;
    private bool hashIsOld;

    public SourceCore(DaqCardOptions options, IChunkSource source, DmaCore dma, Timeline timeline)
    {
        this.options = options;
        this.source = source;
        this.dma = dma;
        this.timeline = timeline;
        ready = timeline.CreateEvent(this);
        hash = options.HashPayload && !options.HeaderOnly ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
        jitter = new RandomStream(options.Seed, JitterStream);
        next = new ChunkBuffer(options.ChunkSize, options.HeaderOnly);
    }

    /// <summary>Whether the source has no more chunks.</summary>
    public bool Ended => !source.HasNext;

    /// <summary>SHA-256 of the payload produced since the last reset that was followed by a chunk; empty if not kept.</summary>
    public byte[] PayloadSha256 => hash?.GetCurrentHash() ?? [];

    /// <summary>Bytes of payload produced, omitted ones included.</summary>
    public ulong PayloadBytes { get; private set; }

    /// <summary>The first chunk comes when the options say; after a pause, one period later.</summary>
    public void Start()
    {
        if (ready.IsScheduled || Ended) return;
        nominal = sequence == 0 && options.FirstChunkAt is { } first
            ? SimTime.Max(timeline.Now, new SimTime(first.Nanoseconds))
            : timeline.Now + options.Period;
        Schedule();
    }

    public void Stop() => ready.Cancel();

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
        sequence = 0;
        // The hash of the run that ended can still be asked for.
        hashIsOld = true;
    }

    public void Dispose() => hash?.Dispose();

    /// <summary>Makes a chunk of a buffer's payload and hands it on: the source's own, or one that comes from elsewhere.</summary>
    /// <returns>A buffer for the next one.</returns>
    public ChunkBuffer Produce(ChunkBuffer chunk, int length)
    {
        PayloadBytes += (ulong)length;
        if (hash is not null)
        {
            if (hashIsOld) hash.GetHashAndReset();
            hashIsOld = false;
            hash.AppendData(chunk.Payload.Span[..length]);
        }
        chunk.Seal(sequence++, length, timeline.Now);
        return dma.Offer(chunk);
    }

    void ITimelineTarget.Due(int tag)
    {
        MakeOne();
        if (Ended) return;
        // Jitter moves a chunk, not the ones after it: the rate does not drift.
        nominal += options.Period;
        Schedule();
    }

    private void MakeOne()
    {
        var length = source.Next(next.Payload.Span, options.ChunkSize);
        next = Produce(next, length);
    }

    private void Schedule()
    {
        var at = options.Jitter is { } distribution ? nominal + distribution.Draw(jitter) : nominal;
        ready.Schedule(SimTime.Max(timeline.Now, at));
    }
}
