using Pcie.Emulator.Faults;
using Pcie.Scenario;

namespace Pcie.Emulator.Edu;

/// <summary>What a scenario can say of an edu device: nothing but what is to go wrong.</summary>
[Table("card", "The edu device, which has nothing to choose.")]
public sealed record EduCardOptions
{
    [Key("fault", Fault.Sentence)]
    public IReadOnlyList<Fault> Faults { get; init; } = [];
}
