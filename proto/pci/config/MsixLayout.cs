namespace Pcie.Pci.Config;

/// <summary>The MSI-X capability (PCI Express Base Specification 7.7.2), counted from its beginning, and an entry of its table.</summary>
public static class MsixLayout
{
    public const int MessageControl = MsiLayout.MessageControl;
    public const int Table = 4;
    public const int PendingBits = 8;

    /// <summary>Bits of <see cref="MessageControl"/>.</summary>
    public const ushort FunctionMask = 1 << 14, Enable = 1 << 15;

    public const int MaxEntries = 2048;

    /// <summary>Bytes of an entry: address, data, vector control.</summary>
    public const int EntrySize = 16;
    public const int EntryAddressLow = 0, EntryAddressHigh = 4, EntryData = 8, EntryControl = 12;

    public static int Entries(uint messageControl) => (int)(messageControl & (MaxEntries - 1)) + 1;

    /// <summary>Where <see cref="Table"/> or <see cref="PendingBits"/> says that something is.</summary>
    public static (int Bar, uint Offset) Place(uint register) => ((int)(register & 7), register & ~7u);
}
