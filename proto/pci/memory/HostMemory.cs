using NLog;
using Pcie.Logging;

namespace Pcie.Pci.Memory;

/// <summary>The host's memory as the device sees it: buffers with unmapped addresses in between, as behind an IOMMU.</summary>
/// <param name="backing">Where memory comes from; null if the device reaches it by TLPs.</param>
/// <param name="addresses">Where its addresses come from, if several devices share them: each sees its own memory. Null for one device.</param>
public sealed class HostMemory(IHostMemoryBacking? backing = null, HostAddresses? addresses = null)
{
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly HostAddresses addresses = addresses ?? new HostAddresses();
    private readonly List<HostBuffer> buffers = [];

    /// <summary>Requests to addresses that are no buffer's, or that cross the end of one.</summary>
    public long Undecoded { get; private set; }

    /// <summary>AllocateCommonBuffer: memory of its own pages, zeroed, with an unmapped page behind it.</summary>
    /// <param name="addressWidth">Bits of an address that the device drives: from 25 to 64. Below 33 the memory lies below 4 GiB.</param>
    /// <exception cref="IOException">The device cannot be given it.</exception>
    /// <exception cref="ArgumentOutOfRangeException">That many bytes do not lie below that width.</exception>
    public HostBuffer Allocate(int length, int addressWidth = 64)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var place = addresses.Take(length, addressWidth);
        var buffer = new HostBuffer(place, length, backing?.Provide(place, length));
        buffers.Add(buffer);
        return buffer;
    }

    /// <summary>A memory write from the bus. One that is not wholly inside a buffer changes nothing and is counted.</summary>
    public void Write(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (Find(tlp, out var offset) is not { } buffer) return;
        var target = buffer.Span.Slice(offset, tlp.Length);
        if (tlp.FirstByteEnables == 0xF && (tlp.LastByteEnables == 0xF || tlp.Length == 4))
        {
            payload.CopyTo(target);
        }
        else
        {
            for (var i = 0; i < payload.Length; i++)
                if (tlp.IsEnabled(i)) target[i] = payload[i];
        }
        buffer.Observer?.Written(offset, tlp.Length);
    }

    /// <summary>A memory read from the bus.</summary>
    /// <returns>False if nobody decodes it.</returns>
    public bool TryRead(in Tlp tlp, out ReadOnlySpan<byte> bytes)
    {
        var buffer = Find(tlp, out var offset);
        bytes = buffer is null ? default : buffer.Span.Slice(offset, tlp.Length);
        return buffer is not null;
    }

    private HostBuffer? Find(in Tlp tlp, out int offset)
    {
        // A machine has a handful of these; a search tree would be slower.
        foreach (var buffer in buffers)
        {
            var distance = tlp.Address - buffer.Address;
            if (distance >= (ulong)buffer.Length || (ulong)tlp.Length > (ulong)buffer.Length - distance) continue;
            offset = (int)distance;
            return buffer;
        }
        Log.Repeatedly(LogLevel.Info, (ulong)++Undecoded, $"{tlp.Kind} of {tlp.Length} bytes at 0x{tlp.Address:X} by the device, where the host "
            + $"decodes nothing: {(tlp.IsNonPosted ? "answered with unsupported request" : "dropped")}.");
        offset = 0;
        return null;
    }
}
