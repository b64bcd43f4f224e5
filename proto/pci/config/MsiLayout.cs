namespace Pcie.Pci.Config;

/// <summary>The MSI capability (PCI Express Base Specification 7.7.1), counted from its beginning.</summary>
public static class MsiLayout
{
    /// <summary>Message Control; in MSI-X too.</summary>
    public const int MessageControl = 2;
    public const int AddressLow = 4;

    /// <summary>With <see cref="Address64"/>; otherwise the data are here.</summary>
    public const int AddressHigh = 8;

    /// <summary>Bits of <see cref="MessageControl"/>.</summary>
    public const ushort Enable = 1 << 0, Address64 = 1 << 7, PerVectorMasking = 1 << 8;

    /// <summary>Multiple Message Enable, the base-two logarithm of the messages granted.</summary>
    public const ushort Granted = 7 << GrantedShift;
    public const int GrantedShift = 4;

    public const int MaxMessages = 32;

    /// <summary>Messages that a function asks for. An exponent above 5 is reserved.</summary>
    public static int Requested(uint messageControl) => 1 << Math.Min(5, (int)(messageControl >> 1 & 7));

    public static int Data(uint messageControl) => (messageControl & Address64) != 0 ? 0xC : 8;

    /// <summary>With <see cref="PerVectorMasking"/>.</summary>
    public static int Mask(uint messageControl) => Data(messageControl) + 4;
}
