using System.ComponentModel;
using Pcie.Emu.Listing;
using Pcie.Link.Recording;
using Pcie.Tables;

namespace Pcie.Emu.Replay;

/// <summary>A <see cref="ReplayReport"/> as JSON.</summary>
[JsonForm("replay/2")]
public sealed record ReplayFigures : JsonForm
{
    public required string Recording { get; init; }

    [Description("Which device it was played against.")]
    public required string Against { get; init; }

    [Description("Whether the device did as the recorded one.")]
    public required bool Passed { get; init; }

    [Description("TLPs of the host in the recording.")]
    public required long HostTlps { get; init; }

    [Description("Of these, how many were sent.")]
    public required long Played { get; init; }

    [Description("TLPs of the device in the recording.")]
    public required long DeviceTlps { get; init; }

    [Description("Of these, how many the device said alike.")]
    public required long Alike { get; init; }

    [Description("How far it came, in the session's time.")]
    public required long EndedNs { get; init; }

    public required bool Cancelled { get; init; }

    [Description("Whether it ended because there were as many differences as were asked for.")]
    public required bool Stopped { get; init; }

    public required IReadOnlyList<DifferenceFigures> Differences { get; init; }

    /// <param name="against">Which device it was played against, for a person.</param>
    public static ReplayFigures Of(ReplayReport report, string against) => new()
    {
        Recording = SessionText.Of(report.Recorded.Head), Against = against, Passed = report.Passed, HostTlps = report.Recorded.Requests,
        Played = report.Played, DeviceTlps = report.Recorded.Speech, Alike = report.Alike, EndedNs = report.Ended.Nanoseconds,
        Cancelled = report.Cancelled, Stopped = report.Stopped,
        Differences = [.. report.Differences.Select(d =>
            new DifferenceFigures(d.Kind, d.Summary, OrNull(d.Expected), OrNull(d.Seen), d.Fields, d.Before))],
    };

    private static TlpFigures? OrNull(RecordedTlp? recorded) => recorded is { } one ? TlpFigures.Of(one, what: null) : null;

    public sealed record DifferenceFigures(
        DifferenceKind Kind,
        string Summary,
        [property: Description("What the recording has; null if nothing.")] TlpFigures? Expected,
        [property: Description("What the device said, or said instead; null if nothing.")] TlpFigures? Seen,
        [property: Description("What is not alike.")] IReadOnlyList<FieldDifference> Fields,
        [property: Description("What crossed the link before it in the replay, as lines of a listing.")] IReadOnlyList<string> Before);
}
