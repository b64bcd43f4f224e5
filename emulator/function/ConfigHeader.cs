using System.Numerics;
using Pcie.Card.Device;
using Pcie.Card.Registers;
using static Pcie.Card.Registers.Access;

namespace Pcie.Card.Function;

/// <summary>
/// The type 0 configuration header of a PCI Express function with 32-bit memory BARs (PCI Express Base Specification 7.5.1). BAR
/// sizing needs no code: the bits below a BAR's size are read only and zero, so that all-ones read back as the size.
/// </summary>
public sealed class ConfigHeader
{
    private const int Bars = 6;
    private const uint MemorySpaceEnable = 1 << 1;
    private const uint BusMasterEnable = 1 << 2;

    private readonly Register command;
    private readonly Register[] bars = new Register[Bars];
    private readonly uint[] sizes = new uint[Bars];

    /// <exception cref="ArgumentException">More than six BARs, or a size that is no power of two from 16 to 2 GiB.</exception>
    public ConfigHeader(DeviceIdentity identity)
    {
        if (identity.BarSizes.Count > Bars)
            throw new ArgumentException($"{identity.Name} asks for {identity.BarSizes.Count} BARs; a type 0 header has {Bars}.");
        command = CommandStatus();
        for (var n = 0; n < Bars; n++)
        {
            sizes[n] = n < identity.BarSizes.Count ? identity.BarSizes[n] : 0;
            bars[n] = Bar(n, sizes[n]);
        }
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
            .. bars,
            new Register("CARDBUS_CIS", ConfigOffset.CardbusCis, "Not used in PCI Express").Field(0, 32, "POINTER", RO, "zero"),
            new Register("SUBSYSTEM", ConfigOffset.Subsystem, "Who made the card and what it is")
                .Field(0, 16, "SUBSYSTEM_VENDOR_ID", RO, "vendor of the card", identity.SubsystemVendorId)
                .Field(16, 16, "SUBSYSTEM_ID", RO, "the card", identity.SubsystemId),
            new Register("EXPANSION_ROM", ConfigOffset.ExpansionRom, "No expansion ROM").Field(0, 32, "BASE", RO, "zero"),
            new Register("CAPABILITIES", ConfigOffset.CapabilitiesPointer, "Where the list of capabilities begins")
                .Field(0, 8, "POINTER", RO, "offset of the first capability", ConfigOffset.Msi)
                .Reserved(8, 24),
            new Register("RESERVED_38", ConfigOffset.Reserved38, "Reserved").Reserved(0, 32),
            new Register("INTERRUPT", ConfigOffset.Interrupt, "Interrupt wiring; the function has no INTx")
                .Field(0, 8, "LINE", RW, "kept for software")
                .Field(8, 8, "PIN", RO, "0: no INTx")
                .Field(16, 8, "MIN_GNT", RO, "zero in PCI Express")
                .Field(24, 8, "MAX_LAT", RO, "zero in PCI Express"),
        ];
    }

    public IReadOnlyList<Register> Registers { get; }

    /// <summary>Command register, Memory Space Enable: without it no BAR answers.</summary>
    public bool MemorySpace => (command.Value & MemorySpaceEnable) != 0;

    /// <summary>Command register, Bus Master Enable: without it the function sends no request, an MSI included.</summary>
    public bool BusMaster => (command.Value & BusMasterEnable) != 0;

    /// <summary>Records an error in the Status register, where software clears it by writing one.</summary>
    public void Record(StatusError error) => command.Value |= (uint)error;

    /// <summary>Finds the BAR that decodes a bus address.</summary>
    /// <returns>0 to 5, or -1 if none does or Memory Space is off.</returns>
    public int Decode(ulong address, out uint offset)
    {
        if (MemorySpace)
            for (var n = 0; n < Bars; n++)
                // A BAR's low four bits tell its type; they read as zero here.
                if (address - bars[n].Value is var o && o < sizes[n])
                {
                    offset = (uint)o;
                    return n;
                }
        offset = 0;
        return -1;
    }

    /// <summary>Whether an access from that offset on stays inside the BAR.</summary>
    public bool Fits(int bar, uint offset, int length) => (uint)length <= sizes[bar] - offset;

    private static Register CommandStatus() =>
        new Register("COMMAND_STATUS", ConfigOffset.CommandStatus, "What the function may do, and what went wrong")
            .Flag(0, "IO_SPACE_ENABLE", RO, "no I/O BARs")
            .Flag(1, "MEMORY_SPACE_ENABLE", RW, "memory BARs answer")
            .Flag(2, "BUS_MASTER_ENABLE", RW, "the function may send requests, MSIs included")
            .Field(3, 3, "PCI_ONLY", RO, "special cycles, write and invalidate, palette snoop: zero in PCI Express")
            .Flag(6, "PARITY_ERROR_RESPONSE", RW, "kept for software; the link has no parity errors")
            .Flag(7, "IDSEL_STEPPING", RO, "zero in PCI Express")
            .Flag(8, "SERR_ENABLE", RW, "kept for software; errors are not reported upstream")
            .Flag(9, "FAST_BACK_TO_BACK", RO, "zero in PCI Express")
            .Flag(10, "INTERRUPT_DISABLE", RW, "kept for software; the function has no INTx")
            .Reserved(11, 5)
            .Reserved(16, 3)
            .Flag(19, "INTERRUPT_STATUS", RO, "no INTx")
            .Flag(20, "CAPABILITIES_LIST", RO, "there is one", reset: true)
            .Field(21, 3, "PCI_TIMING", RO, "zero in PCI Express")
            .Flag(24, "MASTER_DATA_PARITY_ERROR", W1C, "never set here")
            .Field(25, 2, "DEVSEL_TIMING", RO, "zero in PCI Express")
            .Flag(27, "SIGNALED_TARGET_ABORT", W1C, "the function answered a request with completer abort")
            .Flag(28, "RECEIVED_TARGET_ABORT", W1C, "a request of the function was answered with completer abort")
            .Flag(29, "RECEIVED_MASTER_ABORT", W1C, "a request of the function was answered with unsupported request")
            .Flag(30, "SIGNALED_SYSTEM_ERROR", W1C, "never set here")
            .Flag(31, "DETECTED_PARITY_ERROR", W1C, "never set here");

    private static Register Bar(int number, uint size)
    {
        var bar = new Register($"BAR{number}", ConfigOffset.Bar0 + 4 * (uint)number, "Bus address of a block of registers");
        if (size == 0) return bar.Field(0, 32, "ABSENT", RO, "no such BAR");
        if (!BitOperations.IsPow2(size) || size < 16)
            throw new ArgumentException($"BAR{number} is to have {size} bytes; expected a power of two from 16 to 2147483648.");
        var bits = BitOperations.Log2(size);
        bar.Flag(0, "SPACE", RO, "0: memory")
            .Field(1, 2, "TYPE", RO, "0: 32-bit")
            .Flag(3, "PREFETCHABLE", RO, "0: reading has side effects");
        if (bits > 4) bar.Field(4, bits - 4, "SIZE", RO, "zero, so that all-ones read back as the size");
        return bar.Field(bits, 32 - bits, "BASE", RW, "bus address");
    }
}

/// <summary>Errors that the Status register records (PCI Express Base Specification 7.5.1.1.4), as their bits.</summary>
public enum StatusError : uint
{
    SignaledTargetAbort = 1u << 27,
    ReceivedTargetAbort = 1u << 28,
    ReceivedMasterAbort = 1u << 29,
}
