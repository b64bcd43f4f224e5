using Pcie.Emu.Listing;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emu.Replay;

/// <summary>What happens in a replay: counts it, remembers the last of it, and words the differences.</summary>
internal sealed class ReplayLog(SessionHead head, SessionReplayOptions options)
{
    // Bytes of a payload that are shown.
    private const int ShownBytes = 16;

    private readonly TlpComparison comparison = new(options);
    private readonly BusMap map = new(CardRegisters.Find(head.VendorId, head.DeviceId, options.Map));
    private readonly Queue<RecordedTlp> last = new();
    private readonly List<Difference> differences = [];
    private long played;
    private long alike;

    public IReadOnlyList<Difference> Differences => differences;

    /// <summary>The host says it.</summary>
    public void Played(in RecordedTlp host)
    {
        played++;
        Remember(host with { Payload = host.Payload[..Math.Min(host.Payload.Length, ShownBytes)].ToArray() });
    }

    /// <summary>The device has said it, and it has been compared.</summary>
    public void Heard(in RecordedTlp said) => Remember(said);

    /// <summary>Whether two requests of the device are alike, time apart.</summary>
    public bool AreAlike(in RecordedTlp expected, in RecordedTlp said) => comparison.AreAlike(expected, said, null);

    public void Compare(in RecordedTlp expected, in RecordedTlp said)
    {
        Tlp? request = said.Tlp.Kind == TlpKind.Completion ? map.RequestOf(said) : null;
        var fields = comparison.Fields(expected, said, request);
        if (fields.Count == 0)
        {
            alike++;
            return;
        }
        Add(DifferenceKind.Differs, expected, said, fields,
            $"{TlpLine.NumberOf(expected)} is not as recorded: {string.Join(", ", fields.Select(field => field.Name))}");
    }

    public void Extra(in RecordedTlp said) => Add(DifferenceKind.Extra, null, said, [], "the device says something that is not in the recording");

    /// <param name="instead">What came in its place; null if nothing did.</param>
    /// <param name="waited">How long the host waited for it; null if it did not have to.</param>
    public void Missing(in RecordedTlp expected, RecordedTlp? instead, Duration? waited) => Add(DifferenceKind.Missing, expected, instead, [],
        instead is not null ? $"{TlpLine.NumberOf(expected)} is missing: something came that the recording has later"
        : waited is { } patience ? $"{TlpLine.NumberOf(expected)} is missing: it did not come within {patience}"
        : $"{TlpLine.NumberOf(expected)} is missing: it had not come when the run ended");

    public void LinkWentDown(LinkDown down, in RecordedTlp? expected) =>
        Add(DifferenceKind.LinkDown, expected, null, [], $"the link went down before the session was over: {down.Message}");

    /// <param name="now">How far it came.</param>
    public ReplayReport Report(SessionSummary recorded, SimTime now, bool cancelled) => new()
    {
        Recorded = recorded,
        Played = played,
        Alike = alike,
        Ended = now,
        Cancelled = cancelled,
        Stopped = differences.Count >= options.MaxDifferences,
        Differences = differences,
    };

    private void Add(DifferenceKind kind, RecordedTlp? expected, RecordedTlp? said, IReadOnlyList<FieldDifference> fields, string summary)
    {
        // Lines of both, in case of doubt by what the replay has learnt.
        if (said is { } heard) map.Learn(heard);
        differences.Add(new Difference(kind, expected, said, fields, [.. last.Select(Line)])
        {
            Summary = summary,
            Lines = (expected is { } e ? Line(e) : null, said is { } s ? Line(s) : null),
        });
    }

    private string Line(RecordedTlp recorded) => TlpLine.Of(recorded, map, ShownBytes);

    private void Remember(in RecordedTlp recorded)
    {
        map.Learn(recorded);
        last.Enqueue(recorded);
        if (last.Count > options.Before) last.Dequeue();
    }
}
