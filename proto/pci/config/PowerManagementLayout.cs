namespace Pcie.Pci.Config;

/// <summary>The Power Management capability (PCI Express Base Specification 7.5.2), counted from its beginning.</summary>
public static class PowerManagementLayout
{
    public const int Control = 4;
}
