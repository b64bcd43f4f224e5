using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emulator.Faults;

/// <summary>A fault and when it happens.</summary>
public sealed record Fault(FaultKind Kind)
{
    /// <summary>From when on it is there: what happens next after this is hit.</summary>
    public SimTime At { get; init; }

    /// <summary>Again and again after so long; null for once.</summary>
    public Duration? Every { get; init; }

    /// <summary>How many reads, messages or writes it hits each time; of a burst, the chunks.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Link down, source stall: how long. Message delayed or duplicated: by how much.</summary>
    public Duration Duration { get; init; } = Duration.FromMilliseconds(1);

    /// <summary>Of the completions that it spoils.</summary>
    public CompletionStatus Status { get; init; } = CompletionStatus.UnsupportedRequest;
}
