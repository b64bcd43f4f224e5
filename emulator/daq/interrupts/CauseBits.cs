using Pcie.Emulator.Registers;

namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>The causes as registers show them: a bit for each.</summary>
public static class CauseBits
{
    private static readonly (string Name, string Meaning)[] Bits =
    [
        ("DATA_READY", "a chunk reached host memory"),
        ("OVERRUN", "a chunk was overwritten, or dropped because every slot was unread"),
        ("DMA_ERROR", "the DMA core could not do what it was told"),
        ("FIFO_OVERFLOW", "a chunk was dropped because the FIFO was full"),
        ("LINK_ERROR", "a request of the card went wrong on the link"),
        ("TEST", "raised by INT_TEST only"),
    ];

    /// <summary>Number of causes.</summary>
    public static int Count => Bits.Length;

    /// <summary>The bits of all causes.</summary>
    public static uint All => (1u << Count) - 1;

    /// <summary>What a cause's bit is called.</summary>
    public static string NameOf(int cause) => Bits[cause].Name;

    /// <summary>Declares a flag for each cause.</summary>
    internal static Register FlagPerCause(this Register register, Access access)
    {
        for (var cause = 0; cause < Count; cause++) register.Flag(cause, Bits[cause].Name, access, Bits[cause].Meaning);
        return register.Reserved(Count, 32 - Count);
    }
}
