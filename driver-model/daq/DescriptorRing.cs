using Pcie.Daq;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.Pci.Memory;

namespace Pcie.DriverModel.Daq;

/// <summary>
/// The descriptors that give the slots to the card, in a common buffer of their own: some for each slot, linked in the order of the slots and
/// from the last to the first.
/// </summary>
/// <remarks>Giving a slot allocates nothing.</remarks>
public sealed class DescriptorRing
{
    private const int Step = 64;

    private readonly HostBuffer ring;
    private readonly HostBuffer slots;
    private readonly int slotSize;
    private readonly int perSlot;
    private readonly int bytes;
    private readonly int slotCount;
    private readonly int count;

    /// <summary>Every slot is the card's from the start.</summary>
    /// <param name="descriptorBytes">How much of a slot one descriptor describes.</param>
    /// <exception cref="DeviceNotUsableException">A slot would take more descriptors than the card holds.</exception>
    public DescriptorRing(WdfDevice device, HostBuffer slots, int slotSize, int slotCount, int descriptorBytes)
    {
        (this.slots, this.slotSize, this.slotCount) = (slots, slotSize, slotCount);
        bytes = (descriptorBytes + Step - 1) / Step * Step;
        perSlot = (slotSize + bytes - 1) / bytes;
        count = perSlot * slotCount;
        if (perSlot > Descriptor.MaxPerChunk)
            throw new DeviceNotUsableException($"A slot of {slotSize} bytes takes {perSlot} descriptors of {bytes} bytes, the card holds "
                + $"{Descriptor.MaxPerChunk}; raise descriptor-bytes.");
        ring = device.CommonBufferCreate(Descriptor.Size * count);
        GiveAll();
    }

    /// <summary>Bus address of the first descriptor.</summary>
    public ulong Address => ring.Address;

    /// <summary>Gives every slot to the card, as at the start.</summary>
    public void GiveAll()
    {
        for (var slot = 0; slot < slotCount; slot++) Give(slot);
    }

    /// <summary>Gives a slot to the card, which looks at it after DMA_TAIL says so.</summary>
    public void Give(int slot)
    {
        for (var i = 0; i < perSlot; i++)
        {
            var index = slot * perSlot + i;
            var offset = i * bytes;
            var last = i == perSlot - 1;
            new Descriptor(
                slots.Address + (ulong)(slot * slotSize + offset),
                (uint)Math.Min(bytes, slotSize - offset),
                DescriptorFlags.Owned | (last ? DescriptorFlags.Last | DescriptorFlags.Interrupt : DescriptorFlags.None),
                ring.Address + (ulong)((index + 1) % count * Descriptor.Size))
                .Write(ring.Span[(index * Descriptor.Size)..]);
        }
    }
}
