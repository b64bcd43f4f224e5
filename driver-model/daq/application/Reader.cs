using System.Security.Cryptography;
using Pcie.Daq;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Daq.Application;

/// <summary>
/// The application: takes chunks out of the cyclic buffer at a rate of its own, checks each and hashes or stores the payload. It
/// takes time, but no processor's: how threads are scheduled is not modelled.
/// </summary>
/// <remarks>Allocates nothing in steady state.</remarks>
public sealed class Reader : ITimelineTarget
{
    private readonly CyclicBuffer buffer;
    private readonly Tracer tracer;
    private readonly ReaderOptions options;
    private readonly TimelineEvent next;
    private readonly uint source;
    private readonly IncrementalHash? hash;
    private readonly Stream? output;
    private long expected;

    // Chunks that still come of a run of the card that has ended; -1 when there is none behind them.
    private int ofOldRun = -1;

    /// <param name="output">Where the payload goes; null for nowhere.</param>
    public Reader(CyclicBuffer buffer, Timeline timeline, Tracer tracer, ReaderOptions options, Stream? output)
    {
        (this.buffer, this.tracer, this.options, this.output) = (buffer, tracer, options, output);
        // A reader says nothing to the card.
        next = timeline.CreateEvent(this, lookahead: Duration.Max);
        source = tracer.AddSource("reader");
        if (options.Hash) hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    }

    /// <summary>Chunks taken.</summary>
    public long Delivered { get; private set; }

    /// <summary>Of these, chunks whose checksum was wrong or that were not whole.</summary>
    public long Corrupt { get; private set; }

    /// <summary>Sequence numbers that never came, as gaps between those that did.</summary>
    public long Missing { get; private set; }

    /// <summary>Sequence numbers not above the one before.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Bytes of payload taken.</summary>
    public long Bytes { get; private set; }

    /// <summary>SHA-256 of the payload so far; null if it is not kept.</summary>
    public byte[]? Sha256() => hash?.GetCurrentHash();

    /// <summary>The chunks behind those that are in the buffer now are numbered from 0 again.</summary>
    public void ExpectNewRun() => ofOldRun = buffer.Count;

    /// <summary>A chunk was put into the buffer.</summary>
    public void ChunkAvailable()
    {
        if (!next.IsScheduled) next.ScheduleAfter(Duration.Zero);
    }

    void ITimelineTarget.Due(int tag)
    {
        if (!buffer.TryPeek(out var chunk)) return;
        var length = Take(chunk);
        buffer.Release();
        if (options.BytesPerSecond > 0)
            next.ScheduleAfter(new Duration((long)(length * 1e9 / options.BytesPerSecond)));
        else if (buffer.Count > 0)
            next.ScheduleAfter(Duration.Zero);
    }

    private int Take(ReadOnlySpan<byte> chunk)
    {
        Delivered++;
        if (ofOldRun >= 0 && ofOldRun-- == 0) expected = 0;
        if (!ChunkHeader.TryRead(chunk, out var header)
            || (!header.PayloadOmitted && chunk.Length != ChunkHeader.Size + header.Length))
        {
            Corrupt++;
            return chunk.Length;
        }
        var sequence = (long)header.Sequence;
        tracer.Record(TraceKind.ChunkDelivered, source, sequence, buffer.Count - 1);
        if (sequence < expected) OutOfOrder++;
        else Missing += sequence - expected;
        expected = sequence + 1;
        if (header.PayloadOmitted) return header.Length;
        var payload = chunk[ChunkHeader.Size..];
        if (ChunkHeader.ChecksumOf(payload) != header.Checksum) Corrupt++;
        Bytes += payload.Length;
        hash?.AppendData(payload);
        output?.Write(payload);
        return header.Length;
    }
}
