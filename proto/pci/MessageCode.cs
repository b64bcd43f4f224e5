namespace Pcie.Pci;

/// <summary>
/// What a <see cref="TlpKind.Message"/> says, as the specification numbers it (PCI Express Base Specification 2.2.8.1). A device's only function uses
/// INTA (7.5.1.1.13).
/// </summary>
public enum MessageCode : byte
{
    AssertIntA = 0x20,
    DeassertIntA = 0x24,
}
