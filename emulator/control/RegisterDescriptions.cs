using Pcie.Control.Wire;
using Pcie.Emulator.Device;
using Pcie.Emulator.Faults;
using Pcie.Emulator.Maps;
using Pcie.Emulator.Registers;

namespace Pcie.Emulator.Control;

/// <summary>A card's registers as control.proto describes them, from the declaration that decodes accesses.</summary>
internal static class RegisterDescriptions
{
    public static CardDescription Of(DeviceIdentity identity, ICard card, IEnumerable<FaultKind> faults)
    {
        var description =
            new CardDescription { Name = identity.Name, VendorId = identity.VendorId, DeviceId = identity.DeviceId };
        for (var bar = 0; bar < identity.Bars.Count; bar++)
        {
            if (identity.Bars[bar].Size == 0) continue;
            description.Bars.Add(new BarDescription { Number = (uint)bar, Size = identity.Bars[bar].Size });
            if (card.RegistersOf(bar) is { } file) Add(description, bar, file);
        }
        description.Faults.AddRange(faults.Select(FaultInjector.NameOf));
        return description;
    }

    private static void Add(CardDescription description, int bar, RegisterFile file)
    {
        foreach (var register in file.Registers)
        {
            var one = new RegisterDescription
            {
                Name = register.Name,
                Bar = (uint)bar,
                Offset = register.Offset,
                WidthBits = 32,
                ResetValue = register.ResetValue,
                Description = register.Sentence,
            };
            one.Fields.AddRange(register.Fields.Select(field => new FieldDescription
            {
                Name = field.Name,
                LowestBit = (uint)field.LowestBit,
                WidthBits = (uint)field.Width,
                Access = CardMap.Of(field.Access).Name,
                Description = field.Sentence,
            }));
            description.Registers.Add(one);
        }
    }
}
