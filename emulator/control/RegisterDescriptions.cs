using Pcie.Control.Wire;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;

namespace Pcie.Emulator.Control;

/// <summary>A card's registers as control.proto describes them, from the declaration that decodes accesses.</summary>
internal static class RegisterDescriptions
{
    public static CardDescription Of(DeviceIdentity identity, RegisterFile registers)
    {
        var description =
            new CardDescription { Name = identity.Name, VendorId = identity.VendorId, DeviceId = identity.DeviceId };
        for (var bar = 0; bar < identity.Bars.Count; bar++)
            if (identity.Bars[bar].Size != 0)
                description.Bars.Add(new BarDescription { Number = (uint)bar, Size = identity.Bars[bar].Size });
        foreach (var register in registers.Registers)
        {
            var one = new RegisterDescription
            {
                Name = register.Name,
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
                Access = field.Access.ToString(),
                Description = field.Sentence,
            }));
            description.Registers.Add(one);
        }
        return description;
    }
}
