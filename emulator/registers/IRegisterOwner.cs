namespace Pcie.Emulator.Registers;

/// <summary>Whose registers they are: gives life to a <see cref="RegisterFile"/>, which itself only stores.</summary>
public interface IRegisterOwner
{
    /// <summary>
    /// Brings a register declared <see cref="Register.Live"/> up to date, because somebody looks at it. Must have no other
    /// effect: it is called for a back-door look too.
    /// </summary>
    void Refresh(Register register)
    {
    }

    /// <summary>A register was read over the bus, with at least one byte enabled.</summary>
    void WasRead(Register register)
    {
    }

    /// <summary>Whether a register takes no write now: a write then changes nothing, and is counted.</summary>
    /// <returns>Why, for a person; null if it takes it.</returns>
    string? WhyLocked(Register register) => null;

    /// <summary>A register was written. Its <see cref="Register.Value"/> is the new one.</summary>
    /// <param name="before">The value before.</param>
    /// <param name="written">The bits written as 1, in enabled bytes: what a write-only field acts on.</param>
    void WasWritten(Register register, uint before, uint written);
}
