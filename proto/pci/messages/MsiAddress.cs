namespace Pcie.Pci.Messages;

/// <summary>
/// Where an MSI is written to on x86 (Intel SDM 3A, 10.11.1): a window of bus addresses that the root complex decodes.
/// </summary>
public static class MsiAddress
{
    private const uint Window = 0xFEE0_0000;

    /// <summary>The address of messages to a processor: fixed destination mode, no redirection hint.</summary>
    public static uint Of(int processor) => Window | (uint)processor << 12;

    public static bool IsMessage(ulong address) => (address & ~0xF_FFFFUL) == Window;

    /// <summary>The destination APIC ID, bits 19..12.</summary>
    public static int ProcessorOf(ulong address) => (int)(address >> 12 & 0xFF);
}
