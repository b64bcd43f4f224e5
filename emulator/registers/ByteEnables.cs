namespace Pcie.Emulator.Registers;

/// <summary>Byte enables of one DW (PCI Express Base Specification 2.2.5).</summary>
public static class ByteEnables
{
    /// <summary>All four bytes.</summary>
    public const byte All = 0xF;

    /// <summary>The bits of the enabled bytes: enable bit n stands for bits 8n+7..8n.</summary>
    public static uint ToMask(byte byteEnables)
    {
        uint e = byteEnables;
        return (e & 1 | (e & 2) << 7 | (e & 4) << 14 | (e & 8) << 21) * 0xFF;
    }
}
