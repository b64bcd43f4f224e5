using Pcie.Daq;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>How transfers go: what the registers say when DMA_CONTROL.ENABLE is set, and what counts until it is set again.</summary>
/// <param name="Base">Bus address of slot 0, or of the first descriptor.</param>
/// <param name="SlotSize">Distance of two slots, in bytes.</param>
/// <param name="Slots">Slots, or places that descriptors name.</param>
internal readonly record struct DmaSetUp(DmaMode Mode, WhenFull WhenFull, ulong Base, uint SlotSize, ulong Slots)
{
    /// <summary>Before the first.</summary>
    public static DmaSetUp None { get; } = new(DmaMode.OneBuffer, WhenFull.Overwrite, 0, 0, 1);

    public bool Scatters => Mode == DmaMode.ScatterGather;

    /// <summary>Bus address of a slot.</summary>
    public ulong AddressOf(ulong slot) => Base + slot * SlotSize;

    /// <summary>What is wrong with it, by register and field; null if nothing is.</summary>
    public string? WhyImpossible(DaqCardOptions options)
    {
        var smallest = (uint)(ChunkHeader.Size + options.ChunkSize);
        if (WhenFull > WhenFull.HoldBack) return "DMA_CONTROL.WHEN_FULL is 3; expected 0 to 2";
        if (Slots == 0 || Slots > (ulong)options.MaxSlots) return $"DMA_SLOT_COUNT.SLOTS is {Slots}; expected 1 to {options.MaxSlots}";
        if (!Scatters)
            return SlotSize >= smallest ? null
                : $"DMA_SLOT_SIZE.BYTES is {SlotSize}; expected at least {smallest}, for a header and CHUNK_SIZE";
        if (Base % Descriptor.Size != 0)
            return $"DMA_BASE_LO.ADDRESS is 0x{(uint)Base:X8}, no multiple of {Descriptor.Size}, as descriptors are";
        return WhenFull == WhenFull.Overwrite
            ? "DMA_CONTROL.WHEN_FULL is 0; with descriptors expected 1 or 2, nothing is overwritten"
            : null;
    }
}
