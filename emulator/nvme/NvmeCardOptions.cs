using Pcie.Emulator.Faults;
using Pcie.Scenario;

namespace Pcie.Emulator.Nvme;

/// <summary>What a scenario can say of an NVM Express controller: nothing but what is to go wrong.</summary>
[Table("card", "A small NVM Express controller, which has nothing to choose.")]
public sealed record NvmeCardOptions
{
    [Key("fault", Fault.Sentence)]
    public IReadOnlyList<Fault> Faults { get; init; } = [];
}
