namespace Pcie.Pci.Config;

/// <summary>The extended capability Advanced Error Reporting (PCI Express Base Specification 7.8.4), counted from its beginning.</summary>
public static class AdvancedErrorsLayout
{
    public const int UncorrectableStatus = 0x04;
    public const int UncorrectableMask = 0x08;
    public const int UncorrectableSeverity = 0x0C;
    public const int CorrectableStatus = 0x10;
    public const int CorrectableMask = 0x14;
    public const int Control = 0x18;
    public const int HeaderLog = 0x1C;
}
