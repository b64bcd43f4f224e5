using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.Pci.Messages;
using Pcie.Scenario;

namespace Pcie.DriverModel.Framework;

/// <summary>What a driver has the framework do: what its INF file and WDF_INTERRUPT_CONFIG say.</summary>
public sealed record WdfDeviceOptions
{
    public required string Name { get; init; }

    [Key("interrupts", "By which capability the card interrupts, if it has both.")]
    public MessageKind Interrupts { get; init; } = MessageKind.Msi;

    [Key("interrupt-affinity", "Where the card's messages go: all to one processor, or, with MSI-X only, each to one of its own in turn.")]
    public InterruptAffinity InterruptAffinity { get; init; }

    // All messages of an MSI capability share an address, so it is one for all; for those of MSI-X it is a choice.
    [Key("interrupt-processor", "The processor that the card's messages go to; if they are spread, that of message 0.",
        Min = 0, Below = "host.processors")]
    public int InterruptProcessor { get; init; }

    [Key("dpc-importance", "Importance of our DPC.")]
    public DpcImportance DpcImportance { get; init; } = DpcImportance.Medium;

    [Key("dpc-processor", "The processor that our DPC is targeted at; the one that runs the ISR if left out.", Min = 0, Below = "host.processors")]
    public int? DpcProcessor { get; init; }

    // Taken before EvtInterruptDpc and given up after it, as with automatic serialization.
    [Key("dpc-lock", "A spin lock that the framework holds while our DPC runs; one of the same name that a source of interference holds is the same. "
        + "None if left out.")]
    public string? DpcLock { get; init; }

    /// <exception cref="ScenarioException">The keys, which the table has given, do not go together.</exception>
    public void Check(ScenarioTable table)
    {
        if (InterruptAffinity != InterruptAffinity.OneCloseProcessor && Interrupts == MessageKind.Msi)
            throw table.Refusal("interrupt-affinity", "all messages of MSI have one address, and so one processor; set interrupts = \"msi-x\"");
    }
}
