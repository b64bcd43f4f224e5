namespace Pcie.VfioUser.Messages;

/// <summary>REGION_READ and REGION_WRITE, without the data.</summary>
/// <param name="Region">A BAR, or one of the others.</param>
/// <param name="Count">Bytes.</param>
internal readonly record struct RegionAccess(ulong Offset, int Region, int Count)
{
    /// <summary>Regions of a PCI device: BARs from 0, then the expansion ROM, configuration space, and the VGA ranges.</summary>
    public const int Bars = 6, Configuration = 7, Regions = 9;

    public const int Bytes = 16;

    /// <summary>
    /// Most bytes of one access, as the server says when versions are exchanged: as many DWs as there are tags on the link. QEMU takes no less.
    /// </summary>
    public const int MaxCount = 4096;

    /// <param name="data">What is to be written; for a read nothing follows.</param>
    /// <exception cref="RequestRefusedException">It is none, or not whole.</exception>
    public static RegionAccess Read(Command command, ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> data)
    {
        var payload = new Payload(bytes, command);
        var (offset, region, count) = (payload.UInt64(), payload.UInt32(), payload.UInt32());
        data = payload.Rest;
        if (region >= Regions) throw new RequestRefusedException(Errno.Invalid, $"{command} of region {region}; expected 0 to {Regions - 1}");
        if (count == 0 || count > MaxCount - (offset & 3))
            throw new RequestRefusedException(count == 0 ? Errno.Invalid : Errno.TooBig, $"{command} of {count} bytes; expected 1 to {MaxCount}");
        if (data.Length != (command == Command.RegionWrite ? (int)count : 0))
            throw new RequestRefusedException(Errno.Invalid, $"{command} of {count} bytes came with {data.Length} bytes of data");
        return new RegionAccess(offset, (int)region, (int)count);
    }
}
