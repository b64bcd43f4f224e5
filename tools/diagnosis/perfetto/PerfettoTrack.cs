using Pcie.Diagnosis.Perfetto.Wire;
using Pcie.Time;
using Type = Pcie.Diagnosis.Perfetto.Wire.TrackEvent.Types.Type;

namespace Pcie.Diagnosis.Perfetto;

/// <summary>A line of a Perfetto trace: slices that nest and instants, or a counter. Times must not fall.</summary>
internal sealed class PerfettoTrack(PerfettoFile file, uint number)
{
    /// <summary>SEQ_INCREMENTAL_STATE_CLEARED.</summary>
    public const uint StateCleared = 1;

    // SEQ_NEEDS_INCREMENTAL_STATE.
    private const uint NeedsState = 2;

    private readonly Dictionary<string, ulong> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong> categories = new(StringComparer.Ordinal);

    public ulong Uuid => number;

    /// <param name="flows">Arrows that go on from here.</param>
    /// <param name="ending">Arrows that end here.</param>
    public void Begin(SimTime at, string category, string name, ReadOnlySpan<ulong> flows = default, ReadOnlySpan<ulong> ending = default) =>
        Write(at, Type.SliceBegin, category, name, null, flows, ending);

    public void End(SimTime at) => Write(at, Type.SliceEnd, null, null, null, default, default);

    /// <param name="detail">A figure and what it is called; null for none.</param>
    public void Instant(SimTime at, string category, string name, (string Name, long Value)? detail = null, ReadOnlySpan<ulong> flows = default) =>
        Write(at, Type.Instant, category, name, detail, flows, default);

    public void Count(SimTime at, long value) => file.Write(new TracePacket
    {
        Timestamp = (ulong)at.Nanoseconds,
        TrustedPacketSequenceId = number,
        TrackEvent = new TrackEvent { Type = Type.Counter, TrackUuid = Uuid, CounterValue = value },
    });

    private void Write(
        SimTime at, Type type, string? category, string? name, (string Name, long Value)? detail, ReadOnlySpan<ulong> flows,
        ReadOnlySpan<ulong> ending)
    {
        var packet = new TracePacket
        {
            Timestamp = (ulong)at.Nanoseconds, TrustedPacketSequenceId = number, SequenceFlags = NeedsState,
            TrackEvent = new TrackEvent { Type = type, TrackUuid = Uuid },
        };
        if (name is not null)
            packet.TrackEvent.NameIid = Intern(names, name, iid => Interned(packet).EventNames.Add(new EventName { Iid = iid, Name = name }));
        if (category is not null)
            packet.TrackEvent.CategoryIids.Add(
                Intern(categories, category, iid => Interned(packet).EventCategories.Add(new EventCategory { Iid = iid, Name = category })));
        if (detail is { } figure) packet.TrackEvent.DebugAnnotations.Add(new DebugAnnotation { Name = figure.Name, IntValue = figure.Value });
        foreach (var flow in flows) packet.TrackEvent.FlowIds.Add(flow);
        foreach (var flow in ending) packet.TrackEvent.TerminatingFlowIds.Add(flow);
        file.Write(packet);
    }

    private static InternedData Interned(TracePacket packet) => packet.InternedData ??= new InternedData();

    // 0 is no valid number.
    private static ulong Intern(Dictionary<string, ulong> known, string text, Action<ulong> tell)
    {
        if (known.TryGetValue(text, out var iid)) return iid;
        known.Add(text, iid = (ulong)known.Count + 1);
        tell(iid);
        return iid;
    }
}
