using Pcie.Pci;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Emulator.Faults;

/// <summary>A fault and when it happens.</summary>
public sealed record Fault
{
    /// <summary>What the list of them is, in a card's section.</summary>
    public const string Sentence = "What is to go wrong with the card, and when. docs/faults.md says what the bus and the driver do then.";

    /// <summary>Most that one fault hits each time.</summary>
    public const int MaxCount = 1_000_000;

    private const int MaxFaults = 1000;

    [Key("kind", "What goes wrong: reads of the host answered with an error or not at all; reads of host memory that fail; messages late, twice or "
        + "lost; wrong data; a source that pauses or hurries; a reset in mid-transfer; the link down for a time, or for good.")]
    public required FaultKind Kind { get; init; }

    [Key("at", "From when on: the next reads, messages or writes after this are hit.")]
    public required SimTime At { get; init; }

    [Key("every", "Again and again after so long; left out: once.", Min = 1)]
    public Duration? Every { get; init; }

    [Key("count", "How many reads, messages or writes are hit each time; of a burst, the chunks.", Min = 1, Max = MaxCount)]
    public int Count { get; init; } = 1;

    [Key("duration", "How long the link is down or the source pauses; by how much a message is late, or its repetition comes after it.", Min = 1)]
    public Duration Duration { get; init; } = Duration.FromMilliseconds(1);

    [Key("status", "Status of the completions: unsupported request or completer abort.",
        Choices = [CompletionStatus.UnsupportedRequest, CompletionStatus.CompleterAbort])]
    public CompletionStatus Status { get; init; } = CompletionStatus.UnsupportedRequest;

    /// <exception cref="ScenarioException">A key is unknown or missing, does not belong to the kind, or says something impossible.</exception>
    internal static IReadOnlyList<Fault> ReadAll(ScenarioTable card)
    {
        var tables = card.Tables("fault");
        if (tables.Count > MaxFaults) throw card.Refusal("fault", $"{tables.Count} faults; {MaxFaults} are allowed");
        // None is what the default has: options that are alike are equal.
        return tables.Count == 0 ? [] : [.. tables.Select(ReadOne)];
    }

    private static Fault ReadOne(ScenarioTable table)
    {
        var fault = table.Read<Fault>();
        var kind = fault.Kind;
        Only("count", kind is not (FaultKind.SourceStall or FaultKind.LinkDown or FaultKind.SurpriseRemoval or FaultKind.FunctionReset),
            "happens once each time");
        Only("duration", kind is FaultKind.SourceStall or FaultKind.LinkDown or FaultKind.MsiDelayed or FaultKind.MsiDuplicated, "takes no time");
        Only("status", kind is FaultKind.CompletionError or FaultKind.DmaReadError, "has no completion");
        Only("every", kind != FaultKind.SurpriseRemoval, "does not come back");
        return fault;

        void Only(string key, bool belongs, string otherwise) => table.Only(key, belongs, $"a fault of this kind {otherwise}; leave it out");
    }
}
