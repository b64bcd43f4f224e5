using Pcie.Emulator.Faults;
using Pcie.Scenario;

namespace Pcie.Emulator.EndpointTest;

/// <summary>What a scenario can say of an endpoint's test function: nothing but what is to go wrong.</summary>
[Table("card", "The test function of Linux' PCI endpoint framework, which has nothing to choose.")]
public sealed record EndpointTestCardOptions
{
    [Key("fault", Fault.Sentence)]
    public IReadOnlyList<Fault> Faults { get; init; } = [];
}
