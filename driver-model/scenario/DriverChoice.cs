using Pcie.Scenario;

namespace Pcie.DriverModel.Scenario;

/// <summary>The drivers that are here.</summary>
public enum DriverKind
{
    /// <inheritdoc cref="Daq.DaqDriver"/>
    Daq,

    /// <inheritdoc cref="Edu.EduDriver"/>
    Edu,

    /// <inheritdoc cref="Nvme.NvmeDriver"/>
    Nvme,
}

/// <summary>Which of them a scenario is about.</summary>
[Table("driver", "The driver under study. Its other keys are those of its kind.")]
public sealed record DriverChoice
{
    [Key("kind", "Which driver: that of the data-acquisition card, that of the edu device, ours or QEMU's, or that of an NVM Express controller, "
        + "anybody's. The card has to be one for it.")]
    public DriverKind Kind { get; init; }
}
