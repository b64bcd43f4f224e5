using Pcie.Emulator.Registers;

namespace Pcie.TestKit.Emulated;

/// <summary>The registers of an emulated card by name, from the declaration that decodes accesses to them.</summary>
public static class EmulatedCardMap
{
    /// <param name="bar">Where the register file lies.</param>
    public static RegisterMap Of(RegisterFile file, int bar = 0)
    {
        var map = new RegisterMap();
        foreach (var register in file.Registers)
        {
            map.Register(register.Name, bar, register.Offset);
            foreach (var field in register.Fields)
                map.Field($"{register.Name}.{field.Name}", field.LowestBit, field.Width, keeps: field.Access == Access.RW);
        }
        return map;
    }
}
