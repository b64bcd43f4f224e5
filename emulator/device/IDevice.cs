using Pcie.Pci;

namespace Pcie.Emulator.Device;

/// <summary>
/// The contract of a card's own logic: registers and behaviour. Configuration space, BAR decoding, MSI and MSI-X belong to the
/// PCI function around it; what the logic wants of them it asks of the <see cref="IDevicePort"/> that it is made with.
/// </summary>
public interface IDevice
{
    /// <summary>Reads an aligned DW of a BAR, side effects included.</summary>
    /// <param name="bar">0 to 5.</param>
    /// <param name="offset">In bytes from the BAR's start, a multiple of 4, inside the BAR.</param>
    /// <param name="byteEnables">Bits 3..0: the bytes asked for. A byte not asked for must not be affected by reading.</param>
    uint ReadBar(int bar, uint offset, byte byteEnables);

    /// <summary>Writes an aligned DW of a BAR, side effects included.</summary>
    /// <inheritdoc cref="ReadBar" path="/param"/>
    /// <param name="value">Only the enabled bytes count.</param>
    void WriteBar(int bar, uint offset, uint value, byte byteEnables);

    /// <summary>
    /// How the access of a BAR that was made last ended: logic may refuse one, which a read's completion says, and whose data nobody sees.
    /// </summary>
    CompletionStatus LastAccess => CompletionStatus.Successful;

    /// <summary>Which register stands at a place of a BAR, for a person; null if none does.</summary>
    string? NameOf(int bar, uint offset) => null;

    /// <summary>The host changed a grant, an enable or a mask of messages: pending messages that may go have gone.</summary>
    void MessagesChanged()
    {
    }

    /// <summary>Back to the state after power-on: registers, engines, everything scheduled.</summary>
    void Reset();
}
