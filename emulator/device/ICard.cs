using Pcie.Control.Wire;
using Pcie.Emulator.Registers;

namespace Pcie.Emulator.Device;

/// <summary>
/// A card that an emulator process can host: its logic, and what the control service looks at from behind. All its registers are in
/// BAR 0.
/// </summary>
public interface ICard : IDevice, IDisposable
{
    /// <summary>BAR 0, from the declaration that decodes accesses.</summary>
    RegisterFile Registers { get; }

    /// <summary>Every counter by name, since the card was made.</summary>
    IEnumerable<KeyValuePair<string, ulong>> Statistics { get; }

    /// <summary>What a run's account rests on, since the card was made; null if the card has nothing of the kind.</summary>
    Account? Account => null;

    /// <summary>SHA-256 of what a source on the card has produced; empty if there is none, or if it is not kept.</summary>
    byte[] PayloadSha256 => [];

    uint IDevice.ReadBar(int bar, uint offset, byte byteEnables) => Registers.Read(offset, byteEnables);

    void IDevice.WriteBar(int bar, uint offset, uint value, byte byteEnables) => Registers.Write(offset, value, byteEnables);

    string? IDevice.NameOf(int bar, uint offset) => Registers.Find(offset)?.Name;
}
