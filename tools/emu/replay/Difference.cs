using Pcie.Link.Recording;

namespace Pcie.Emu.Replay;

public enum DifferenceKind
{
    /// <summary>The device said something that is not quite what it said in the recording.</summary>
    Differs,

    /// <summary>The device did not say what it said in the recording.</summary>
    Missing,

    /// <summary>The device said something that it did not say in the recording.</summary>
    Extra,

    /// <summary>The link went down before the recorded session was over.</summary>
    LinkDown,
}

/// <summary>Where a device does otherwise than the recorded one.</summary>
/// <param name="Expected">What the recording has; null if nothing.</param>
/// <param name="Seen">What the device said, or said instead; null if nothing.</param>
/// <param name="Fields">What is not alike.</param>
/// <param name="Before">What crossed the link before it in the replay, the last at the end, as lines of a listing.</param>
public sealed record Difference(
    DifferenceKind Kind, RecordedTlp? Expected, RecordedTlp? Seen, IReadOnlyList<FieldDifference> Fields, IReadOnlyList<string> Before)
{
    /// <summary>The same two as lines of a listing; null where there is none.</summary>
    public required (string? Expected, string? Seen) Lines { get; init; }

    /// <summary>In a sentence, what is the matter.</summary>
    public required string Summary { get; init; }
}

/// <summary>One field of a TLP that is not as in the recording.</summary>
public sealed record FieldDifference(string Name, string Expected, string Seen);
