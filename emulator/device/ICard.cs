using Pcie.Control.Wire;
using Pcie.Emulator.Registers;

namespace Pcie.Emulator.Device;

/// <summary>
/// A card that an emulator process can host: its logic, and what the control service looks at from behind. Its registers are in BAR 0, unless
/// <see cref="RegistersOf"/> says where else.
/// </summary>
public interface ICard : IDevice, IDisposable
{
    /// <summary>BAR 0, from the declaration that decodes accesses.</summary>
    RegisterFile Registers { get; }

    /// <summary>The registers of a BAR; null if it has none.</summary>
    RegisterFile? RegistersOf(int bar) => bar == 0 ? Registers : null;

    /// <summary>Every counter by name, since the card was made.</summary>
    IEnumerable<KeyValuePair<string, ulong>> Statistics { get; }

    /// <summary>What a run's account rests on, since the card was made; null if the card has nothing of the kind.</summary>
    Account? Account => null;

    /// <summary>Causes of interrupts, by number; none if the card does not tell them apart.</summary>
    IEnumerable<CauseState> Causes => [];

    /// <summary>SHA-256 of what a source on the card has produced; empty if there is none, or if it is not kept.</summary>
    byte[] PayloadSha256 => [];

    uint IDevice.ReadBar(int bar, uint offset, byte byteEnables) => RegistersOf(bar)?.Read(offset, byteEnables) ?? 0;

    void IDevice.WriteBar(int bar, uint offset, uint value, byte byteEnables) =>
        RegistersOf(bar)?.Write(offset, value, byteEnables);

    string? IDevice.NameOf(int bar, uint offset) => RegistersOf(bar)?.Find(offset)?.Name;
}
