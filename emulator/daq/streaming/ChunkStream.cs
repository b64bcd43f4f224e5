using System.Security.Cryptography;
using Pcie.Time;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>The chunks of a run, wherever their payload comes from: numbers them, hashes them, and offers them to the DMA core.</summary>
/// <remarks>Allocates nothing while running.</remarks>
internal sealed class ChunkStream(DaqCardOptions options, DmaCore dma, Timeline timeline) : IDisposable
{
    private readonly IncrementalHash? hash =
        options.HashPayload && !options.HeaderOnly ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;
    private ulong sequence;
    private bool hashIsOld;

    /// <summary>Whether the run has a chunk.</summary>
    public bool HasBegun => sequence > 0;

    /// <summary>SHA-256 of the payload produced since the last reset that was followed by a chunk; empty if not kept.</summary>
    public byte[] PayloadSha256 => hash?.GetCurrentHash() ?? [];

    /// <summary>Bytes of payload produced, omitted ones included.</summary>
    public ulong PayloadBytes { get; private set; }

    /// <summary>A buffer that fits.</summary>
    public ChunkBuffer NewBuffer() => new(options.ChunkSize, options.HeaderOnly);

    /// <summary>Makes a chunk of a buffer's payload and offers it.</summary>
    /// <returns>A buffer for the next chunk.</returns>
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

    public void Reset()
    {
        sequence = 0;
        // The hash of the run that ended can still be asked for.
        hashIsOld = true;
    }

    public void Dispose() => hash?.Dispose();
}
