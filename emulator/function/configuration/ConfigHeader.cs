using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Function.Configuration;

/// <summary>
/// The type 0 configuration header of a PCI Express function with memory BARs (PCI Express Base Specification 7.5.1).
/// </summary>
internal sealed class ConfigHeader
{
    /// <summary>BARs that a type 0 header has room for.</summary>
    public const int Bars = 6;

    private const uint MemorySpaceEnable = 1 << 1;
    private const uint BusMasterEnable = 1 << 2;
    private const uint SerrEnable = 1 << 8;
    private const uint InterruptDisabled = 1 << 10;
    private const uint InterruptPending = 1 << 19;
    private const uint CommandBits = 0xFFFF;

    private readonly Register command;
    private readonly MemoryBar?[] bars = new MemoryBar?[Bars];

    /// <param name="requests">BARs by number: the identity's, and what the function needs for itself.</param>
    /// <param name="changed">Told when an enable of Command changes.</param>
    /// <exception cref="ArgumentException">More than six BARs, one in the place of a 64-bit one's upper half, or an impossible
    /// size.</exception>
    public ConfigHeader(DeviceIdentity identity, IReadOnlyList<BarRequest> requests, Action changed)
    {
        HasInterruptLine = identity.HasInterruptLine;
        command = CommandStatus().OnWrite(write =>
        {
            if (((write.After ^ write.Before) & CommandBits) != 0) changed();
        });
        Registers =
        [
            new Register("ID", ConfigOffset.Id, "Who made the function and what it is")
                .Field(0, 16, "VENDOR_ID", RO, "vendor", identity.VendorId)
                .Field(16, 16, "DEVICE_ID", RO, "device", identity.DeviceId),
            command,
            new Register("CLASS_REVISION", ConfigOffset.ClassRevision, "What kind of function it is")
                .Field(0, 8, "REVISION_ID", RO, "revision", identity.Revision)
                .Field(8, 24, "CLASS_CODE", RO, "base class, sub-class and interface", identity.ClassCode),
            new Register("HEADER", ConfigOffset.HeaderType, "Header layout")
                .Field(0, 8, "CACHE_LINE_SIZE", RW, "kept for software; no effect in PCI Express")
                .Field(8, 8, "LATENCY_TIMER", RO, "zero in PCI Express")
                .Field(16, 8, "HEADER_TYPE", RO, "0: type 0, one function")
                .Field(24, 8, "BIST", RO, "no built-in self test"),
            .. PlaceBars(identity.Name, requests),
            new Register("CARDBUS_CIS", ConfigOffset.CardbusCis, "Not used in PCI Express").Field(0, 32, "POINTER", RO, "zero"),
            new Register("SUBSYSTEM", ConfigOffset.Subsystem, "Who made the card and what it is")
                .Field(0, 16, "SUBSYSTEM_VENDOR_ID", RO, "vendor of the card", identity.SubsystemVendorId)
                .Field(16, 16, "SUBSYSTEM_ID", RO, "the card", identity.SubsystemId),
            new Register("EXPANSION_ROM", ConfigOffset.ExpansionRom, "No expansion ROM").Field(0, 32, "BASE", RO, "zero"),
            new Register("CAPABILITIES", ConfigOffset.CapabilitiesPointer, "Where the list of capabilities begins")
                .Field(0, 8, "POINTER", RO, "offset of the first capability", ConfigOffset.PowerManagement)
                .Reserved(8, 24),
            new Register("RESERVED_38", ConfigOffset.Reserved38, "Reserved").Reserved(0, 32),
            new Register("INTERRUPT", ConfigOffset.Interrupt, "Interrupt wiring")
                .Field(0, 8, "LINE", RW, "kept for software")
                .Field(8, 8, "PIN", RO, "1: the function has INTA; 0: it has no line", HasInterruptLine ? 1u : 0)
                .Field(16, 8, "MIN_GNT", RO, "zero in PCI Express")
                .Field(24, 8, "MAX_LAT", RO, "zero in PCI Express"),
        ];
    }

    public IReadOnlyList<Register> Registers { get; }

    /// <summary>Command register, Memory Space Enable: without it no BAR answers.</summary>
    public bool MemorySpace => (command.Value & MemorySpaceEnable) != 0;

    /// <summary>Command register, Bus Master Enable: without it the function sends no request, an MSI included.</summary>
    public bool BusMaster => (command.Value & BusMasterEnable) != 0;

    /// <summary>Whether Interrupt Pin is INTA.</summary>
    public bool HasInterruptLine { get; }

    /// <summary>Command register, Interrupt Disable: the line is not asserted.</summary>
    public bool InterruptDisable => (command.Value & InterruptDisabled) != 0;

    /// <summary>Status register, Interrupt Status: the line is asserted, or would be if it were not disabled.</summary>
    public bool InterruptStatus
    {
        set => command.Value = value ? command.Value | InterruptPending : command.Value & ~InterruptPending;
    }

    /// <summary>
    /// Command register, SERR# Enable: non-fatal and fatal errors are reported, whatever Device Control says (6.2.6).
    /// </summary>
    public bool ReportsSystemErrors => (command.Value & SerrEnable) != 0;

    /// <summary>Records an error in the Status register, where software clears it by writing one.</summary>
    public void Record(StatusError error) => command.Value |= (uint)error;

    /// <summary>
    /// Finds the BAR that decodes a bus address; where two do, which only software can bring about, the one of the lower number.
    /// </summary>
    /// <returns>0 to 5, or -1 if none does or Memory Space is off.</returns>
    public int Decode(ulong address, out uint offset)
    {
        offset = 0;
        if (!MemorySpace) return -1;
        foreach (var bar in bars)
            if (bar is not null && bar.Decodes(address, out offset)) return bar.Number;
        return -1;
    }

    /// <summary>Whether an access from that offset on stays inside a BAR that is there.</summary>
    public bool Fits(int bar, uint offset, int length) => (uint)length <= bars[bar]!.Size - offset;

    private List<Register> PlaceBars(string name, IReadOnlyList<BarRequest> requests)
    {
        var registers = new List<Register>();
        for (var n = 0; n < Math.Max(requests.Count, Bars); n++)
        {
            if (n >= requests.Count || requests[n].Size == 0)
            {
                // The upper half of the BAR below may stand here already.
                if (n == registers.Count && n < Bars) registers.Add(MemoryBar.Absent(n));
                continue;
            }
            if (n < registers.Count)
                throw new ArgumentException($"{name} asks for BAR{n}, where the upper half of BAR{n - 1} is; leave it out.");
            var last = requests[n].Is64Bit ? n + 1 : n;
            if (last >= Bars)
                throw new ArgumentException($"{name} asks for a BAR{last}; a type 0 header has BAR0 to BAR{Bars - 1}.");
            bars[n] = new MemoryBar(n, requests[n]);
            registers.AddRange(bars[n]!.Registers);
        }
        return registers;
    }

    private static Register CommandStatus() =>
        new Register("COMMAND_STATUS", ConfigOffset.CommandStatus, "What the function may do, and what went wrong")
            .Flag(0, "IO_SPACE_ENABLE", RO, "no I/O BARs")
            .Flag(1, "MEMORY_SPACE_ENABLE", RW, "memory BARs answer")
            .Flag(2, "BUS_MASTER_ENABLE", RW, "the function may send requests, MSIs included")
            .Field(3, 3, "PCI_ONLY", RO, "special cycles, write and invalidate, palette snoop: zero in PCI Express")
            .Flag(6, "PARITY_ERROR_RESPONSE", RW, "kept for software; nothing on the link is poisoned")
            .Flag(7, "IDSEL_STEPPING", RO, "zero in PCI Express")
            .Flag(8, "SERR_ENABLE", RW, "non-fatal and fatal errors are reported")
            .Flag(9, "FAST_BACK_TO_BACK", RO, "zero in PCI Express")
            .Flag(10, "INTERRUPT_DISABLE", RW, "the interrupt line is not asserted")
            .Reserved(11, 5)
            .Reserved(16, 3)
            .Flag(19, "INTERRUPT_STATUS", RO, "the interrupt line is asserted, or disabled in INTERRUPT_DISABLE alone")
            .Flag(20, "CAPABILITIES_LIST", RO, "there is one", reset: true)
            .Field(21, 3, "PCI_TIMING", RO, "zero in PCI Express")
            .Flag(24, "MASTER_DATA_PARITY_ERROR", W1C, "never set: nothing on the link is poisoned")
            .Field(25, 2, "DEVSEL_TIMING", RO, "zero in PCI Express")
            .Flag(27, "SIGNALED_TARGET_ABORT", W1C, "the function ended a request with completer abort")
            .Flag(28, "RECEIVED_TARGET_ABORT", W1C, "a request of the function was answered with completer abort")
            .Flag(29, "RECEIVED_MASTER_ABORT", W1C, "a request of the function was answered with unsupported request")
            .Flag(30, "SIGNALED_SYSTEM_ERROR", W1C, "a non-fatal or fatal error was reported while SERR_ENABLE was set")
            .Flag(31, "DETECTED_PARITY_ERROR", W1C, "never set: nothing on the link is poisoned");
}
