using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser.Memory;

/// <summary>
/// What the device may reach of the guest: ranges of addresses, each of which may be read, written or both, and lies in a file or has to be asked
/// for by messages. A transfer may span ranges that touch.
/// </summary>
/// <remarks>Reading and writing allocate nothing. Closed descriptors and unmapped memory are the rule the moment that a range goes.</remarks>
internal sealed class GuestMemory : IDisposable
{
    // By address; they do not overlap.
    private readonly List<Range> ranges = [];
    private readonly Dictionary<(ulong Device, ulong Inode, int Access), GuestFile> files = [];

    /// <summary>Ranges mapped.</summary>
    public int Count => ranges.Count;

    /// <summary>Files that they lie in.</summary>
    public int Files => files.Count;

    /// <param name="descriptor">Where it lies; taken over, if this succeeds. Null for none.</param>
    /// <exception cref="RequestRefusedException">It cannot be mapped.</exception>
    public void Map(in DmaRange range, FileDescriptor? descriptor)
    {
        if ((range.Address | range.Size | range.Offset) % VersionMessage.PageSize != 0)
            throw new RequestRefusedException(Errno.Invalid,
                $"DMA_MAP of 0x{range.Size:X} bytes at 0x{range.Address:X}, offset 0x{range.Offset:X}: no multiples of {VersionMessage.PageSize}");
        if (ranges.Count == VersionMessage.MaxMaps)
            throw new RequestRefusedException(Errno.NoMemory, $"DMA_MAP: {VersionMessage.MaxMaps} ranges are mapped, which is as many as may be");
        var place = FirstEndingAtOrBehind(range.Address);
        if (place < ranges.Count && ranges[place].Of.Address <= range.Last)
            throw new RequestRefusedException(Errno.Exists,
                $"DMA_MAP of 0x{range.Size:X} bytes at 0x{range.Address:X}: overlaps the range at 0x{ranges[place].Of.Address:X}");
        ranges.Insert(place, new Range(range, descriptor is null ? null : FileOf(range, descriptor)));
    }

    /// <returns>How many ranges have gone.</returns>
    /// <exception cref="RequestRefusedException">It would cut a range in two.</exception>
    public int Unmap(in DmaRange range)
    {
        var (first, end) = (0, ranges.Count);
        if (!range.IsAll)
        {
            first = FirstEndingAtOrBehind(range.Address);
            for (end = first; end < ranges.Count && ranges[end].Of.Address <= range.Last; end++)
                if (ranges[end].Of is var one && (one.Address < range.Address || one.Last > range.Last))
                    throw new RequestRefusedException(Errno.Invalid,
                        $"DMA_UNMAP of 0x{range.Size:X} bytes at 0x{range.Address:X}: the range at 0x{one.Address:X} is only partly in it");
        }
        for (var i = first; i < end; i++) Release(ranges[i].File);
        ranges.RemoveRange(first, end - first);
        return end - first;
    }

    /// <summary>How the device gets at some bytes.</summary>
    public GuestReach Find(ulong address, int length, bool toWrite)
    {
        var last = address + (ulong)(length - 1);
        if (last < address) return GuestReach.Refused;
        var reach = GuestReach.File;
        for (var i = FirstEndingAtOrBehind(address); i < ranges.Count && ranges[i].Of is var range && range.Address <= address; i++)
        {
            if (!(toWrite ? range.IsWritable : range.IsReadable)) return GuestReach.Refused;
            if (ranges[i].File is null) reach = GuestReach.Message;
            if (range.Last >= last) return reach;
            address = range.Last + 1;
        }
        return GuestReach.Refused;
    }

    /// <summary>Reads what <see cref="Find"/> has found in files.</summary>
    /// <returns>Whether the files had it.</returns>
    public bool Read(ulong address, Span<byte> bytes)
    {
        for (var i = FirstEndingAtOrBehind(address); bytes.Length > 0; i++)
        {
            var (offset, length) = ranges[i].Part(address, bytes.Length);
            if (!ranges[i].File!.Read(offset, bytes[..length])) return false;
            address += (ulong)length;
            bytes = bytes[length..];
        }
        return true;
    }

    /// <summary>Writes where <see cref="Find"/> has found files.</summary>
    /// <returns>Whether the files took it.</returns>
    public bool Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        for (var i = FirstEndingAtOrBehind(address); bytes.Length > 0; i++)
        {
            var (offset, length) = ranges[i].Part(address, bytes.Length);
            if (!ranges[i].File!.Write(offset, bytes[..length])) return false;
            address += (ulong)length;
            bytes = bytes[length..];
        }
        return true;
    }

    public void Dispose()
    {
        ranges.Clear();
        foreach (var file in files.Values) file.Dispose();
        files.Clear();
    }

    // A client sends a descriptor with each range; the file is the same for most of them.
    private GuestFile FileOf(in DmaRange range, FileDescriptor descriptor)
    {
        var identity = Native.Identify(descriptor.Number)
            ?? throw new RequestRefusedException(Errno.Invalid, $"DMA_MAP came with {descriptor.Kind}, of which the system says nothing");
        var isKnown = files.TryGetValue(KeyOf(identity), out var file);
        var size = isKnown ? file!.Size : identity.Size;
        if (range.Offset > size || range.Size > size - range.Offset)
            throw new RequestRefusedException(Errno.Invalid,
                $"DMA_MAP of 0x{range.Size:X} bytes at offset 0x{range.Offset:X} of a file of 0x{size:X}");
        if (isKnown) descriptor.Dispose();
        else files.Add(KeyOf(identity), file = GuestFile.Open(descriptor, identity));
        file!.Ranges++;
        return file;
    }

    private void Release(GuestFile? file)
    {
        if (file is null || --file.Ranges > 0) return;
        files.Remove(KeyOf(file.Identity));
        file.Dispose();
    }

    // A descriptor for reading alone, of the image of a ROM for one, says nothing of what another one of the file is for.
    private static (ulong Device, ulong Inode, int Access) KeyOf(in Native.FileIdentity file) => (file.Device, file.Inode, file.Access);

    private int FirstEndingAtOrBehind(ulong address)
    {
        var (low, high) = (0, ranges.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ranges[middle].Of.Last < address) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private readonly record struct Range(DmaRange Of, GuestFile? File)
    {
        /// <summary>Where an address is in the file, and how many of so many bytes are.</summary>
        public (long Offset, int Length) Part(ulong address, int length) =>
            ((long)(Of.Offset + (address - Of.Address)), (int)Math.Min((ulong)length - 1, Of.Last - address) + 1);
    }
}
