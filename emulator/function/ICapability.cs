using Pcie.Emulator.Registers;

namespace Pcie.Emulator.Function;

/// <summary>A part of configuration space: the header, or a capability.</summary>
internal interface ICapability
{
    /// <summary>Its registers, at their offsets in configuration space.</summary>
    IReadOnlyList<Register> Registers { get; }

    /// <summary>
    /// One of its registers was written. It brings its own state in order, and says what the function is to do.
    /// </summary>
    /// <param name="before">The value before.</param>
    /// <param name="written">The bits written as 1, in enabled bytes.</param>
    ConfigEffect Written(Register register, uint before, uint written);
}
