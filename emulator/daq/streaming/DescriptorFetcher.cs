using NLog;
using Pcie.Daq;
using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Device;
using Pcie.Logging;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>
/// Reads descriptors from host memory, one after the other as they are linked, and has the place of the next chunk ready while the one
/// before is filled. It reads no further than DMA_TAIL has freed, and stops for good at the first descriptor that is wrong.
/// </summary>
/// <remarks>Allocates nothing after construction, unless something goes wrong.</remarks>
internal sealed class DescriptorFetcher
{
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly HostTransfer transfer;
    private readonly byte[] descriptorBytes = new byte[Descriptor.Size];
    private readonly Action changed;
    private readonly uint smallest;
    private ChunkPlace place = new();
    private ulong next;
    private ulong fetched;
    private ulong limit;
    private bool running;

    /// <param name="chunk">Bytes of the longest chunk, header included.</param>
    /// <param name="changed">Told when a place is ready, when the list has ended, and when the engine has failed.</param>
    public DescriptorFetcher(IDevicePort port, int chunk, Action changed)
    {
        transfer = new HostTransfer(port, WasRead);
        this.changed = changed;
        smallest = (uint)chunk;
    }

    /// <summary>Whether the place of the next chunk is known.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Whether the list has ended, and its last place is taken.</summary>
    public bool HasEnded => running && next == 0 && !IsReady;

    /// <summary>What was wrong; nothing is read until the next <see cref="Begin"/>.</summary>
    public DmaError Error { get; private set; }

    /// <summary>How often it has stopped so.</summary>
    public ulong Failures { get; private set; }

    /// <summary>The descriptor being read, or found wrong.</summary>
    public ulong At => next;

    /// <param name="first">Bus address of the first descriptor.</param>
    /// <param name="limit">Places that may be read.</param>
    public void Begin(ulong first, ulong limit)
    {
        Stop();
        Error = DmaError.None;
        (next, fetched) = (first, 0);
        running = true;
        Allow(limit);
    }

    /// <summary>Whatever is being read is forgotten.</summary>
    public void Stop()
    {
        transfer.Stop();
        running = IsReady = false;
        place.Clear();
    }

    /// <summary>More places may be read: so many since <see cref="Begin"/>.</summary>
    public void Allow(ulong limit)
    {
        this.limit = limit;
        Fetch();
    }

    /// <summary>Takes the place that is ready.</summary>
    /// <param name="free">In its stead.</param>
    public ChunkPlace Take(ChunkPlace free)
    {
        var taken = place;
        place = free;
        place.Clear();
        IsReady = false;
        Fetch();
        return taken;
    }

    /// <summary>Stops for good.</summary>
    public void Fail(DmaError error)
    {
        if (!running) return;
        Stop();
        Error = error;
        Log.Log(Repeated.At(LogLevel.Warn, ++Failures),
            "DMA_ERROR.CODE is {Code}, {Error}: scatter-gather stopped at the descriptor at 0x{Address:X}.",
            (int)error, error, next);
        changed();
    }

    private void WasRead(TransferOutcome outcome)
    {
        if (outcome != TransferOutcome.Done)
        {
            Fail(DmaErrors.Of(outcome));
            return;
        }
        var descriptor = Descriptor.Read(descriptorBytes);
        if (WrongWith(descriptor) is not DmaError.None and var error)
        {
            Fail(error);
            return;
        }
        place.Add(next, descriptor);
        next = descriptor.Next;
        if ((descriptor.Flags & DescriptorFlags.Last) == 0)
        {
            Fetch();
            return;
        }
        IsReady = true;
        fetched++;
        changed();
    }

    private void Fetch()
    {
        if (!running || transfer.IsReading || IsReady || next == 0 || fetched == limit) return;
        transfer.Read(next, Descriptor.Size, descriptorBytes);
    }

    private DmaError WrongWith(in Descriptor descriptor)
    {
        var last = (descriptor.Flags & DescriptorFlags.Last) != 0;
        if ((descriptor.Flags & DescriptorFlags.Owned) == 0) return DmaError.NotOwned;
        if (descriptor.Length == 0) return DmaError.ZeroLength;
        if (descriptor.Address % 4 != 0 || descriptor.Length % 4 != 0 || descriptor.Next % Descriptor.Size != 0) return DmaError.Misaligned;
        if (place.Count == 0 && descriptor.Length < ChunkHeader.Size) return DmaError.TooSmall;
        if (!last && (descriptor.Next == 0 || place.Count == Descriptor.MaxPerChunk - 1)) return DmaError.Unfinished;
        return last && place.Capacity + descriptor.Length < smallest ? DmaError.TooSmall : DmaError.None;
    }
}
