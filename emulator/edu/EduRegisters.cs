using Pcie.Card.Registers;
using static Pcie.Card.Registers.Access;

namespace Pcie.Card.Edu;

/// <summary>The registers of the edu device, as QEMU documents them (docs/specs/edu.rst, "MMIO area spec").</summary>
internal static class EduRegisters
{
    /// <summary>Bytes from the start of BAR 0 in which registers are; the rest of its megabyte is empty.</summary>
    public const uint Size = 0x100;

    public const uint Liveness = 0x04, Factorial = 0x08, Status = 0x20, InterruptStatus = 0x24, Raise = 0x60, Acknowledge = 0x64;
    public const uint DmaSource = 0x80, DmaDestination = 0x88, DmaCount = 0x90, DmaCommand = 0x98;

    /// <summary>STATUS: the factorial is being computed.</summary>
    public const uint Computing = 0x01;

    /// <summary>STATUS: an interrupt is wanted when it is done.</summary>
    public const uint InterruptWhenComputed = 0x80;

    /// <summary>DMA_COMMAND: begin, and while it reads as 1 the transfer has not ended.</summary>
    public const uint Run = 0x1;

    /// <summary>DMA_COMMAND: from the device's buffer to host memory; otherwise the other way.</summary>
    public const uint ToHost = 0x2;

    /// <summary>DMA_COMMAND: an interrupt is wanted at the end.</summary>
    public const uint InterruptWhenMoved = 0x4;

    public static IEnumerable<Register> Declare() =>
    [
        new Register("ID", 0x00, "What this is").Field(0, 32, "ID", RO, "0xRRrr00ed: major and minor version, edu", 0x0100_00ED),
        new Register("LIVENESS", Liveness, "Shows that the card is alive").Field(0, 32, "VALUE", RW, "reads as the complement of what was written"),
        new Register("FACTORIAL", Factorial, "Computes a factorial").Field(0, 32, "VALUE", RW, "n; n! modulo 2^32 when STATUS.COMPUTING is 0 again"),
        new Register("STATUS", Status, "Of the factorial")
            .Flag(0, "COMPUTING", RO, "being computed; FACTORIAL ignores writes meanwhile").Reserved(1, 6)
            .Flag(7, "INTERRUPT", RW, "raise interrupt 0x1 when done").Reserved(8, 24),
        new Register("INT_STATUS", InterruptStatus, "Interrupts raised and not acknowledged")
            .Field(0, 32, "VALUE", RO, "0x1: the factorial is done, 0x100: the DMA is done, others: raised by INT_RAISE"),
        new Register("INT_RAISE", Raise, "Raises an interrupt").Field(0, 32, "VALUE", WO, "set in INT_STATUS; a message is sent"),
        new Register("INT_ACK", Acknowledge, "Acknowledges interrupts").Field(0, 32, "VALUE", WO, "cleared in INT_STATUS"),
        .. Pair("DMA_SOURCE", DmaSource, "Where DMA reads: a bus address, or 0x40000 and on for the buffer"),
        .. Pair("DMA_DESTINATION", DmaDestination, "Where DMA writes: a bus address, or 0x40000 and on for the buffer"),
        .. Pair("DMA_COUNT", DmaCount, "Bytes to move"),
        new Register("DMA_COMMAND", DmaCommand, "Starts DMA")
            .Flag(0, "RUN", RW, "write 1 to begin; 0 again at the end").Flag(1, "TO_HOST", RW, "1: from the buffer to host memory")
            .Flag(2, "INTERRUPT", RW, "raise interrupt 0x100 at the end").Reserved(3, 29),
    ];

    private static Register[] Pair(string name, uint offset, string sentence) =>
    [
        new Register($"{name}_LO", offset, sentence).Field(0, 32, "VALUE", RW, "bits 31..0"),
        new Register($"{name}_HI", offset + 4, sentence).Field(0, 32, "VALUE", RW, "bits 63..32"),
    ];
}
