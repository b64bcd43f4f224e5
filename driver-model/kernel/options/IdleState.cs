using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Options;

/// <summary>A state that an idle processor sinks into (ACPI C-state), and what it costs to leave it.</summary>
public sealed record IdleState
{
    [Key("after", "How long a processor has been idle when it enters this state.")]
    public required Duration After { get; init; }

    [Key("exit-latency", "From the interrupt that wakes the processor to the moment at which it takes it.")]
    public required Distribution ExitLatency { get; init; }

    /// <exception cref="ScenarioException">A state is none, or is not entered later than the one before it.</exception>
    public static IReadOnlyList<IdleState> ReadAll(IEnumerable<ScenarioTable> tables)
    {
        var states = new List<IdleState>();
        foreach (var table in tables)
        {
            var state = table.Read<IdleState>();
            if (states.Count > 0 && state.After <= states[^1].After)
                throw table.Refusal("after", "a later state is entered later; give the states by rising \"after\"");
            states.Add(state);
        }
        return states;
    }
}
