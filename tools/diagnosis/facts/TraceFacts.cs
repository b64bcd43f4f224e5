using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Facts;

/// <summary>What a trace of ours says apart from who had the processor: of the data, of the interrupts, and of how the driver drains.</summary>
/// <param name="Counts">As far as the trace is whole and has the card's side; a run knows them all, and puts its own here.</param>
public sealed record TraceFacts(StreamFacts Stream, InterruptFacts Interrupts, DrainFacts Drain, OwnCodeFacts Own, RunCounts Counts)
{
    public static TraceFacts Of(TraceRecording recording)
    {
        var sources = recording.Sources(TraceSide.Host);
        var (stream, interrupts, drain, own) =
            (new StreamFacts(), new InterruptFacts(sources), new DrainFacts(sources), new OwnCodeFacts(sources));
        var messages = new MessageFacts();
        var (raised, collapsed, inApic) = (0L, 0L, 0L);
        // Null when a recording does not say them, being older.
        SortedDictionary<string, long>? points = new(Comparer<string>.Create(ByPoint));
        var end = SimTime.Zero;
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
            {
                end = e.Time;
                stream.Record(e);
                if (e.Side == TraceSide.Host)
                {
                    interrupts.Record(e);
                    drain.Record(e);
                    own.Record(e);
                }
                switch (e.Kind)
                {
                    case TraceKind.InterruptRaised: raised++; break;
                    case TraceKind.InterruptSent: messages.Sent(e.Time); break;
                    case TraceKind.InterruptCollapsed:
                        collapsed++;
                        if (CollapseCounter.PathOf(e) is { } path) Count(path);
                        else points = null;
                        break;
                    case TraceKind.InterruptRequested when e.B != 0 && e.Side == TraceSide.Host && sources[(int)e.Source].IsDeviceMessage:
                        inApic++;
                        Count(CollapseCounter.PathOf(CollapsePoint.Apic, sources[(int)e.Source]));
                        messages.Arrived();
                        break;
                    case TraceKind.IsrBegin when sources[(int)e.Source].IsDeviceMessage: messages.Arrived(); break;
                }
            }
        interrupts.End();
        foreach (var (source, count) in drain.Coalesced)
            if (points is not null) points[CollapseCounter.PathOf(CollapsePoint.Dpc, sources[(int)source])] = count;
        // Of windows nobody knows what came between them.
        var counts = new InterruptCounts(
            raised, messages.Count, stream.Omitted > 0 ? 0 : messages.LostBy(end), 0, collapsed, inApic, drain.Coalesced.Values.Sum(),
            points?.ToDictionary(point => CollapseCounter.WordsOf(point.Key), point => point.Value) ?? []);
        return new TraceFacts(stream, interrupts, drain, own, new RunCounts(counts, stream.Fates, null, _ => null));

        void Count(string path)
        {
            if (points is not null) points[path] = points.GetValueOrDefault(path) + 1;
        }

        static int ByPoint(string one, string other) => CollapseCounter.PointOf(one) is var a && CollapseCounter.PointOf(other) is var b && a != b
            ? Comparer<CollapsePoint?>.Default.Compare(a, b) : string.CompareOrdinal(one, other);
    }
}
