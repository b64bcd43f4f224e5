namespace Pcie.Emulator.Registers;

/// <summary>
/// The registers of one space while its parts declare them, each part those that it owns; <see cref="RegisterFile"/> decodes them.
/// </summary>
public sealed class RegisterSet
{
    private readonly List<Register> declared = [];

    /// <summary>In the order of declaration.</summary>
    public IReadOnlyList<Register> Declared => declared;

    /// <summary>Begins the declaration of a register; its fields and its actions follow.</summary>
    public Register Declare(string name, uint offset, string sentence)
    {
        var register = new Register(name, offset, sentence);
        declared.Add(register);
        return register;
    }

    /// <summary>Declares both halves of a pair.</summary>
    public RegisterPair Declare(RegisterPair pair)
    {
        declared.AddRange(pair.Halves);
        return pair;
    }
}
