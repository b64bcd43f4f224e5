using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.Pci.Messages;

namespace Pcie.DriverModel.Framework;

/// <summary>What the framework, rather than the driver, decides: what an INF file and WDF_INTERRUPT_CONFIG say.</summary>
public sealed record WdfDeviceOptions
{
    public required string Name { get; init; }

    /// <summary>Which capability is used if the device has both.</summary>
    public MessageKind Interrupts { get; init; } = MessageKind.Msi;

    /// <summary>What a device gets that asks for more messages than there are.</summary>
    public GrantRule Grant { get; init; } = GrantRule.AllOrOne;

    /// <summary>Messages that the machine has to give, 1 to 32; the device may ask for fewer.</summary>
    public int MaxMessages { get; init; } = 32;

    /// <summary>How long the device's requests may be.</summary>
    public RequestSizes RequestSizes { get; init; } = new();

    /// <summary>
    /// The processor that messages go to, or, if they are spread, the first. All messages of an MSI capability share an address, so it is
    /// one for all; for those of MSI-X it is a choice.
    /// </summary>
    public int InterruptProcessor { get; init; }

    public InterruptAffinity InterruptAffinity { get; init; }

    public DpcImportance DpcImportance { get; init; } = DpcImportance.Medium;

    /// <summary>The processor that DPCs are targeted at; null for the one that runs the ISR.</summary>
    public int? DpcProcessor { get; init; }

    /// <summary>
    /// The spin lock that the framework takes before it calls EvtInterruptDpc and gives up after it, as with automatic serialization;
    /// null for none.
    /// </summary>
    public string? DpcLock { get; init; }
}
