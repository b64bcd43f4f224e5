using Pcie.Control.Wire;
using Pcie.Registers;

namespace Pcie.Emu.Maps;

/// <summary>A map in the words of control.proto, as if the card itself had described its registers so.</summary>
internal static class MapDescription
{
    /// <summary>The registers of its BARs. A name that an earlier BAR has too has its own BAR before it, as in BAR2_CONTROL.</summary>
    public static IReadOnlyList<RegisterDescription> Of(DeviceMap map)
    {
        var taken = new HashSet<string>();
        return [.. from block in map.Bars
                   from register in block.Registers
                   select Of(register, block.Bar!.Value, taken.Add(register.Name) ? register.Name : $"BAR{block.Bar}_{register.Name}")];
    }

    private static RegisterDescription Of(MapRegister register, int bar, string name)
    {
        var description = new RegisterDescription
        {
            Name = name, Bar = (uint)bar, Offset = register.Offset, WidthBits = (uint)register.Width, ResetValue = register.Reset,
            Description = register.Description,
        };
        description.Fields.AddRange(register.Fields.Select(one => new FieldDescription
        {
            Name = one.Name, LowestBit = (uint)one.LowestBit, WidthBits = (uint)one.Width, Access = one.Access.Name, Description = one.Description,
        }));
        return description;
    }
}
