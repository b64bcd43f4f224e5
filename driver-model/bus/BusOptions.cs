using Pcie.Scenario;

namespace Pcie.DriverModel.Bus;

/// <summary>What the machine gives a device: its messages, and how long its requests may be.</summary>
public sealed record BusOptions
{
    [Key("msi-messages", "Messages, MSI or MSI-X, that the machine has for the card.", Min = 1, Max = 32)]
    public int Messages { get; init; } = 32;

    [Key("grant", "What a card gets that asks for more messages than there are: exactly one, as Windows does, or as many as there are (with MSI, a "
        + "power of two of them). MSI-X entries beyond the grant arrive as message 0.")]
    public GrantRule Grant { get; init; } = GrantRule.AllOrOne;

    [Keys]
    public RequestSizes RequestSizes { get; init; } = new();
}
