using Pcie.Pci.Messages;

namespace Pcie.DriverModel.Bus;

/// <summary>What the bus driver found and assigned: CM_RESOURCE_LIST.</summary>
/// <param name="VendorId">Configuration space offset 0x00.</param>
/// <param name="DeviceId">Configuration space offset 0x02.</param>
/// <param name="Bars">Assigned memory ranges by BAR number; length 0 for a BAR that is not there.</param>
/// <param name="Messages">By which capability the device is to interrupt.</param>
/// <param name="MessageCapability">Offset of that capability; 0 if the device has neither.</param>
/// <param name="MessagesAsked">Messages that the device asks for: with MSI-X, the entries of its table.</param>
/// <param name="MessagesGranted">Messages that the host grants, at most those asked for; with MSI a power of two.</param>
/// <param name="MaxPayloadSize">Most bytes in a packet that the device was told to send; 0 if it has no PCI Express capability.</param>
/// <param name="MaxReadRequestSize">Most bytes that it was told to ask for at once; as above.</param>
public sealed record PciResources(
    ushort VendorId,
    ushort DeviceId,
    IReadOnlyList<PciBarRange> Bars,
    MessageKind Messages,
    int MessageCapability,
    int MessagesAsked,
    int MessagesGranted,
    int MaxPayloadSize,
    int MaxReadRequestSize)
{
    /// <summary>What a device has that was not enumerated yet.</summary>
    public static readonly PciResources None = new(0, 0, [], MessageKind.Msi, 0, 0, 0, 0, 0);

    /// <summary>
    /// How many vectors the device tells apart. An MSI device knows what it was granted; one with MSI-X knows its table only.
    /// </summary>
    public int Vectors => Messages == MessageKind.MsiX ? MessagesAsked : MessagesGranted;

    /// <summary>
    /// The message that a vector of the device arrives as. An MSI-X entry beyond the grant is message 0 (Windows driver
    /// documentation, Dynamically Configuring MSI-X: "each additional table entry is assigned message ID zero").
    /// </summary>
    public int MessageOf(int vector) => vector < MessagesGranted ? vector : 0;
}

/// <summary>Where a BAR lies on the bus.</summary>
public readonly record struct PciBarRange(ulong Address, ulong Length);
