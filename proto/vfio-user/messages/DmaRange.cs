namespace Pcie.VfioUser.Messages;

/// <summary>DMA_MAP and DMA_UNMAP: a range of the addresses that the device may be told.</summary>
/// <param name="Offset">DMA_MAP: where the range begins in the file that comes with it.</param>
internal readonly record struct DmaRange(uint Flags, ulong Offset, ulong Address, ulong Size)
{
    /// <summary>DMA_MAP: what the device may do there.</summary>
    public const uint MayRead = 1, MayWrite = 2;

    /// <summary>DMA_UNMAP: every range there is.</summary>
    public const uint All = 2;

    public const int UnmapBytes = 24;

    private const uint MapBytes = 32;

    public bool IsReadable => (Flags & MayRead) != 0;

    public bool IsWritable => (Flags & MayWrite) != 0;

    public bool IsAll => (Flags & All) != 0;

    /// <summary>The last byte's address.</summary>
    public ulong Last => Address + (Size - 1);

    /// <exception cref="RequestRefusedException">It is none, or not whole.</exception>
    public static DmaRange ReadMap(ReadOnlySpan<byte> bytes)
    {
        var payload = new Payload(bytes, Command.DmaMap);
        payload.StructureSize(MapBytes);
        var range = new DmaRange(payload.UInt32(), payload.UInt64(), payload.UInt64(), payload.UInt64());
        if ((range.Flags & ~(MayRead | MayWrite)) != 0 || range.Flags == 0)
            throw new RequestRefusedException(Errno.Invalid, $"DMA_MAP with flags 0x{range.Flags:X}; expected 1 (read), 2 (write) or both");
        range.CheckEnds(Command.DmaMap);
        return range;
    }

    /// <inheritdoc cref="ReadMap"/>
    public static DmaRange ReadUnmap(ReadOnlySpan<byte> bytes)
    {
        var payload = new Payload(bytes, Command.DmaUnmap);
        payload.StructureSize(UnmapBytes);
        var range = new DmaRange(payload.UInt32(), 0, payload.UInt64(), payload.UInt64());
        if ((range.Flags & ~All) != 0)
            throw new RequestRefusedException(Errno.NotSupported, $"DMA_UNMAP with flags 0x{range.Flags:X}; expected 0, or 2 (all)");
        if (!range.IsAll) range.CheckEnds(Command.DmaUnmap);
        return range;
    }

    private void CheckEnds(Command command)
    {
        if (Size == 0 || Last < Address)
            throw new RequestRefusedException(Errno.Invalid, $"{command} of 0x{Size:X} bytes at 0x{Address:X}: empty, or beyond the last address");
    }
}
