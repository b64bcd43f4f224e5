using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Edu;

/// <summary>The registers of the edu device, as QEMU documents them (docs/specs/edu.rst, "MMIO area spec").</summary>
internal sealed class EduRegisters
{
    /// <summary>Bytes from the start of BAR 0 in which registers are; the rest of its megabyte is empty.</summary>
    public const uint Size = 0x100;

    public Register Liveness { get; } = new Register("LIVENESS", 0x04, "Shows that the card is alive")
        .Field(0, 32, "VALUE", RW, "reads as the complement of what was written");
    public Register Factorial { get; } = new Register("FACTORIAL", 0x08, "Computes a factorial")
        .Field(0, 32, "VALUE", RW, "n; n! modulo 2^32 when STATUS.COMPUTING is 0 again");
    public Register Status { get; } = new Register("STATUS", 0x20, "Of the factorial")
        .Flag(0, "COMPUTING", RO, "being computed; FACTORIAL ignores writes meanwhile").Reserved(1, 6)
        .Flag(7, "INTERRUPT", RW, "raise interrupt 0x1 when done").Reserved(8, 24).Live();
    public Register Pending { get; } = new Register("INT_STATUS", 0x24, "Interrupts raised and not acknowledged")
        .Field(0, 32, "VALUE", RO, "0x1: the factorial is done, 0x100: the DMA is done, others: raised by INT_RAISE");
    public Register Raise { get; } = new Register("INT_RAISE", 0x60, "Raises an interrupt")
        .Field(0, 32, "VALUE", WO, "set in INT_STATUS; a message is sent");
    public Register Acknowledge { get; } = new Register("INT_ACK", 0x64, "Acknowledges interrupts")
        .Field(0, 32, "VALUE", WO, "cleared in INT_STATUS");
    public RegisterPair Source { get; } =
        new("DMA_SOURCE", 0x80, "Where DMA reads: a bus address, or 0x40000 and on for the buffer", "VALUE", RW, "address");
    public RegisterPair Destination { get; } =
        new("DMA_DESTINATION", 0x88, "Where DMA writes: a bus address, or 0x40000 and on for the buffer", "VALUE", RW, "address");
    public RegisterPair Count { get; } = new("DMA_COUNT", 0x90, "Bytes to move", "VALUE", RW, "count");
    public Register Command { get; } = new Register("DMA_COMMAND", 0x98, "Starts DMA")
        .Flag(0, "RUN", RW, "write 1 to begin; 0 again at the end").Flag(1, "TO_HOST", RW, "1: from the buffer to host memory")
        .Flag(2, "INTERRUPT", RW, "raise interrupt 0x100 at the end").Reserved(3, 29);

    public IEnumerable<Register> All =>
    [
        new Register("ID", 0x00, "What this is").Field(0, 32, "ID", RO, "0xRRrr00ed: major and minor version, edu", 0x0100_00ED),
        Liveness, Factorial, Status, Pending, Raise, Acknowledge,
        Source.Low, Source.High, Destination.Low, Destination.High, Count.Low, Count.High, Command,
    ];
}
