using Pcie.DriverModel.Kernel.Options;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel;

/// <summary>The idle states that one processor enters in turn, the longer it has nothing to do.</summary>
internal sealed class IdleStates(IReadOnlyList<IdleState> states, RandomStream random)
{
    private readonly IdleState[] states = [.. states];
    private SimTime since;

    public void Begin(SimTime now) => since = now;

    /// <summary>Whether a processor that has been idle since <see cref="Begin"/> is in a state that takes time to leave.</summary>
    public bool AreEntered(SimTime now) => now - since >= states[0].After;

    /// <summary>How long it takes to leave the state that has been entered; the state's number.</summary>
    public (int State, Duration Latency) Leave(SimTime now)
    {
        var state = states.Length - 1;
        while (states[state].After > now - since) state--;
        return (state, states[state].ExitLatency.Draw(random));
    }
}
