using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Function.Capabilities;

/// <summary>
/// The MSI-X capability (PCI Express Base Specification 7.7.2): enable and function mask. Each message's address, data and mask
/// are in its <see cref="Table"/>, in a BAR.
/// </summary>
internal sealed class MsixCapability : IMessageCapability
{
    private const uint CapabilityId = 0x11;
    private const uint FunctionMask = 1u << 30;
    private const uint Enable = 1u << 31;

    private readonly Register control;

    /// <param name="entries">Of the table, 1 to 2048.</param>
    /// <param name="bar">The BAR that has table and pending bits.</param>
    /// <param name="next">Offset of the next capability.</param>
    /// <param name="changed">Told when the enable or the function mask changes.</param>
    /// <exception cref="ArgumentException">Any other number of entries.</exception>
    public MsixCapability(int entries, int bar, uint next, Action changed)
    {
        Table = new MsixTable(entries);
        Bar = bar;
        control = new Register("MSIX_CONTROL", ConfigOffset.MsixControl, "MSI-X capability")
            .Field(0, 8, "CAPABILITY_ID", RO, "MSI-X", CapabilityId)
            .Field(8, 8, "NEXT_CAPABILITY", RO, "offset of the next one", next)
            .Field(16, 11, "TABLE_SIZE", RO, "entries, less one", (uint)entries - 1)
            .Reserved(27, 3)
            .Flag(30, "FUNCTION_MASK", RW, "every message is held back, whatever its own mask")
            .Flag(31, "MSIX_ENABLE", RW, "the function may send messages")
            .OnChange(changed);
        Registers =
        [
            control,
            Place("MSIX_TABLE", ConfigOffset.MsixTable, "Where the table is", bar, 0),
            Place("MSIX_PENDING", ConfigOffset.MsixPending, "Where the pending bits are", bar, Table.PendingOffset),
        ];
    }

    public IReadOnlyList<Register> Registers { get; }

    public MsixTable Table { get; }

    /// <summary>The BAR that has <see cref="Table"/>, and nothing else.</summary>
    public int Bar { get; }

    /// <summary>Every entry of the table: what the host makes of them is its own affair.</summary>
    public int Granted => (control.Value & Enable) != 0 ? Table.Entries : 0;

    public bool IsMasked(int message) => (control.Value & FunctionMask) != 0 || Table.IsMasked(message);

    public bool IsPending(int message) => Table.IsPending(message);

    public bool SetPending(int message) => Table.SetPending(message);

    public int TakeUnmasked() => (control.Value & FunctionMask) != 0 ? -1 : Table.TakeUnmasked();

    public ulong AddressOf(int message) => Table.AddressOf(message);

    public uint DataOf(int message) => Table.DataOf(message);

    private static Register Place(string name, uint offset, string sentence, int bar, uint at) =>
        new Register(name, offset, sentence)
        .Field(0, 3, "BIR", RO, "the BAR", (uint)bar)
        .Field(3, 29, "OFFSET", RO, "from the BAR's start, in units of 8 bytes", at >> 3);
}
