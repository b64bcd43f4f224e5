using Pcie.Scenario;

namespace Pcie.Emulator.Hosting;

/// <summary>The cards that are here.</summary>
public enum CardKind
{
    /// <inheritdoc cref="Emulator.Daq.Card.DaqCard"/>
    Daq,

    /// <inheritdoc cref="Emulator.Edu.EduDevice"/>
    Edu,

    /// <inheritdoc cref="Emulator.Nvme.NvmeDevice"/>
    Nvme,

    /// <inheritdoc cref="Emulator.EndpointTest.EndpointTestDevice"/>
    EndpointTest,

    /// <inheritdoc cref="Emulator.Maps.MapCard"/>
    Registers,
}

/// <summary>Which of them a scenario is about.</summary>
[Table("card", "The card: everything that its driver cannot change. Its other keys are those of its kind.")]
public sealed record CardChoice
{
    [Key("kind", "Which card: the data-acquisition card, a device as QEMU's educational one, an NVM Express controller, the test function "
        + "of Linux' PCI endpoint framework, or the registers of a map.")]
    public CardKind Kind { get; init; }
}
