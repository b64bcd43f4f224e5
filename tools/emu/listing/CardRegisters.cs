using Pcie.Emulator.Hosting;
using Pcie.Registers.Formats;
using Pcie.TestKit;
using Pcie.TestKit.Emulated;

namespace Pcie.Emu.Listing;

/// <summary>The names of the registers of a recording's card.</summary>
/// <param name="Configuration">Of configuration space; null if they are not known.</param>
/// <param name="Bars">Of the card's own.</param>
internal sealed record CardRegisters(RegisterMap? Configuration, RegisterMap Bars)
{
    /// <param name="map">The file that has them; null for those of a card of ours, by its vendor and device ID.</param>
    /// <returns>Null if nobody knows them.</returns>
    /// <exception cref="InvalidDataException">The file is no map.</exception>
    public static CardRegisters? Find(ushort vendorId, ushort deviceId, string? map = null)
    {
        if (map is not null) return new CardRegisters(null, RegisterMap.Of(MapFile.Load(map).Map));
        foreach (var design in CardKinds.Plain.Values)
        {
            if (design.Identity.VendorId != vendorId || design.Identity.DeviceId != deviceId) continue;
            using var card = EmulatedCard.InNoSlot(design);
            return new CardRegisters(EmulatedCardMap.Of(card.Function.Configuration), EmulatedCardMap.Of(card.Card.Registers));
        }
        return null;
    }
}
