using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Options;

/// <summary>A state that an idle processor sinks into (ACPI C-state), and what it costs to leave it.</summary>
/// <param name="After">How long the processor has been idle when it enters this state.</param>
/// <param name="ExitLatency">From the interrupt that wakes it to the moment at which it takes it.</param>
public sealed record IdleState(Duration After, Distribution ExitLatency);
