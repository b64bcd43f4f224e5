using Pcie.Emulator.Daq;
using Pcie.Emulator.Device;
using Pcie.Emulator.Edu;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Registers;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Time;

namespace Pcie.Emu.Listing;

/// <summary>The registers of a card of ours, by the vendor and device ID that a recording has.</summary>
/// <param name="Configuration">Configuration space.</param>
/// <param name="Bar0">The card's own.</param>
internal sealed record CardRegisters(RegisterFile Configuration, RegisterFile Bar0)
{
    /// <returns>Null if it is no card of ours.</returns>
    public static CardRegisters? Find(ushort vendorId, ushort deviceId)
    {
        foreach (var design in (CardDesign[])[CardDesign.Daq(new DaqCardOptions()), CardDesign.Edu])
        {
            if (design.Identity.VendorId != vendorId || design.Identity.DeviceId != deviceId) continue;
            using var card = EmulatedCard.InNoSlot(design);
            return new CardRegisters(card.Function.Configuration, card.Card.Registers);
        }
        return null;
    }
}
